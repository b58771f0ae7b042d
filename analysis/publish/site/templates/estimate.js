// Two tiers from the sums of follower bands: averages, their ratio, its interval, the verdict. The same arithmetic as
// analysis/estimate (averages, moderation, tier_averages, decision), by the same names; a test compares the two.
const BEYOND = Infinity;

/** Gamma(x + 1/2) / Gamma(x): a series in 1 / x far out, and the recurrence from there. */
function gammaRatio(x) {
  let factor = 1;
  for (; x < 40; x += 1) factor *= x / (x + 0.5);
  const series = [-1 / 8, 1 / 128, 5 / 1024, -21 / 32768, -399 / 262144, 869 / 4194304, 39325 / 33554432];
  return factor * Math.sqrt(x) * (1 + series.reduceRight((sum, one) => (sum + one) / x, 0));
}

/** The hypergeometric function 2F1(1, a; b; x): terms of one sign, which fall fast where x is at most one half. */
function hypergeometric(a, b, x) {
  let sum = 1;
  for (let k = 0, term = 1; term > 1e-17 * sum; k += 1) sum += term *= (a + k) / (b + k) * x;
  return sum;
}

/** Quantile of Student's t for p above one half, by Newton's method. From zero the probability is concave, so that no
 * step goes too far; it is summed from the middle or from the tail, whichever is nearer. */
function tQuantile(df, p) {
  const scale = gammaRatio(df / 2) / Math.sqrt(Math.PI), a = (df + 1) / 2;
  let t = 0;
  for (let step = 1, count = 0; Math.abs(step) > 1e-15 * t && count < 200; count += 1) {
    const share = t * t / (df + t * t), fall = scale * Math.exp(-df / 2 * Math.log1p(t * t / df));
    const inside = () => fall * Math.sqrt(share) * hypergeometric(a, 1.5, share);
    const beyond = () => fall * Math.sqrt(share) / df * hypergeometric(a, df / 2 + 1, df / (df + t * t));
    step = (share > 0.5 ? beyond() - (1 - p) : p - 0.5 - inside()) / (fall / Math.sqrt(df + t * t));
    t += step;
  }
  return t;
}

/** Ends of an interval of a ratio or average, from its logarithm. */
function interval({ log, variance, df }, confidence) {
  const reach = Number.isFinite(variance) ? tQuantile(df, (1 + confidence) / 2) * Math.sqrt(variance) : NaN;
  return [Math.exp(log - reach), Math.exp(log + reach)];
}

/** Variance of logs around their median from those above it; NaN unless those below are clearly spread wider. */
function spreadAbove(bins, rules) {
  const logs = [];
  for (let at = 0; at < bins.length; at += 3) {
    const [low, width, accounts] = bins.slice(at, at + 3);
    for (let k = 0; k < accounts; k += 1) logs.push(rules.bin * (low + (k + 0.5) / accounts * width));
  }
  const n = logs.length, half = n / 2;
  if (half < 2) return NaN;
  logs.sort((a, b) => a - b);
  const median = (logs[Math.floor((n - 1) / 2)] + logs[Math.floor(n / 2)]) / 2;
  let above = 0, below = 0, fourth = 0;
  for (const log of logs) {
    const square = (log - median) ** 2;
    if (log > median) above += square; else below += square;
    fourth += square ** 2;
  }
  [above, below, fourth] = [above / half, below / half, fourth / half];
  const error = Math.sqrt(Math.max(fourth - above ** 2 - below ** 2, 0) / half);
  return below - above > rules.wider * error ? above : NaN;
}

/** Raise a variance towards that of log-normal rates, the more the fewer accounts there are. */
function moderated(observed, sums, share, bins, rules) {
  const spreadOf = Math.max(sums.log_rate2 - sums.log_rate ** 2 / sums.positive, 0) / (sums.positive - 1);
  const inflationAt = (spread) => Math.exp(spread) * sums.accounts / sums.positive;
  const few = !(sums.accounts / inflationAt(spreadOf) > 10 * rules.few);
  const above = few ? spreadAbove(bins, rules) : NaN;
  if (sums.positive < 2 || observed <= rules.negligible) return observed;
  const inflation = inflationAt(above < spreadOf ? above : spreadOf), effective = sums.accounts / inflation;
  return observed + Math.max((inflation - 1) * share - observed, 0) / (1 + (effective / rules.few) ** 2);
}

/** Logarithm, variance and degrees of freedom of an average, before anything is checked. */
function raw(sums, average, bins, rules) {
  if (!average.ratio) {
    const n = sums.positive, log = sums.log_rate / n;
    const variance = n > 1 ? Math.max(sums.log_rate2 - n * log ** 2, 0) / (n - 1) / n : NaN;
    return { log, variance, df: n - 1 };
  }
  const [above, below, above2, below2, cross] = average.ratio.map((name) => sums[name]);
  const ratio = above / below, effective = Math.min(above ** 2 / above2, below ** 2 / below2);
  const residuals = Math.max(above2 - 2 * ratio * cross + ratio ** 2 * below2, 0);
  const observed = residuals / above ** 2 / (1 - 1 / effective) ** 2;
  const variance = effective < 2 ? NaN : moderated(observed, sums, below2 / below ** 2, bins, rules);
  return { log: Math.log(ratio), variance, df: effective - 1 };
}

/** The problem of an average that lacks its number or its interval; none if it has both. */
function lacking({ log, variance, df }, rules) {
  if (!Number.isFinite(log)) return "rate_zero";
  if (df < 1) return "one_account_dominates";
  if (!Number.isFinite(variance)) return "too_few_positive";
  return variance <= rules.negligible ? "no_variation" : "";
}

/** Average the bands between two edges; `problem` is the key of a reason with its facts, if there is one. */
function averageOf(source, metric, average, [from, to], rules) {
  const held = source.lower.flatMap((lower, at) => (lower >= from && (source.upper[at] ?? BEYOND) <= to ? [at] : []));
  const total = (name) => held.reduce((sum, at) => sum + metric.sums[name][at], 0);
  const size = { accounts: total("accounts"), posts: total("posts") };
  const nothing = { log: NaN, variance: NaN, df: NaN, ...size };
  const withheld = held.filter((at) => average.needs.some((name) => metric.sums[name][at] === null));
  const fewest = Math.min(...withheld.map((at) => metric.sums.accounts[at]));
  if (withheld.length) return { ...nothing, problem: { key: "not_published", accounts: fewest } };
  if (!size.accounts) return { ...nothing, problem: { key: "no_account" } };
  const sums = Object.fromEntries(average.needs.map((name) => [name, total(name)]));
  const one = { ...size, ...raw(sums, average, held.flatMap((at) => metric.bins[at]), rules), decisive: true };
  const key = lacking(one, rules), zeros = sums.accounts - sums.positive;
  if (key === "rate_zero") one.log = NaN;
  if (key) return { ...one, variance: NaN, problem: { key } };
  const most = sums.positive >= rules.indicative ? rules.zeros : 0;
  if (average.ratio || zeros <= most * sums.accounts) return one;
  return { ...one, decisive: false, problem: { key: "many_zeros", zeros, accounts: sums.accounts } };
}

/** Whether what rests on some tiers is ok, indicative or undefined. */
function statusOf(tiers, rules) {
  if (tiers.some((tier) => Number.isNaN(tier.log))) return "undefined";
  const sure = (tier) => tier.decisive && Number.isFinite(tier.variance) && tier.accounts >= rules.indicative;
  return tiers.every(sure) ? "ok" : "indicative";
}

/** To which side accounts of rate zero, where those of one tier are too many to be left out, would move the ratio. */
function zerosBound(tiers, rules) {
  const leaning = Object.keys(tiers).filter((name) => tiers[name].problem?.key === "many_zeros");
  if (leaning.length !== 1) return null;
  const [name] = leaning, other = tiers[name === "micro" ? "macro" : "micro"], tier = tiers[name];
  const positive = tier.df + 1, zeros = tier.accounts - positive;
  if (positive < rules.indicative || statusOf([other], rules) !== "ok") return null;
  const quantile = tQuantile(Math.min(tier.df, other.df), (1 + rules.confidence) / 2);
  if (!(zeros * (tier.accounts - 1) / positive > quantile ** 2)) return null;
  return { raise: name === "macro", tier: name, zeros, accounts: tier.accounts };
}

/** The ratio micro over macro, with degrees of freedom after Welch and Satterthwaite. */
function contrastOf(micro, macro, rules) {
  const part = (tier) => tier.variance ** 2 / Math.max(tier.df, 1), variance = micro.variance + macro.variance;
  const ratio = { log: micro.log - macro.log, variance, df: variance ** 2 / (part(micro) + part(macro)) };
  const [low, high] = interval(ratio, rules.confidence), status = statusOf([micro, macro], rules);
  const tiers = Object.entries({ micro, macro }), problems = tiers.filter(([, one]) => one.problem);
  const few = tiers.filter(([, { accounts }]) => accounts > 0 && accounts < rules.indicative);
  const reasons = problems.map(([tier, one]) => ({ key: "in_tier", tier, problem: one.problem }));
  reasons.push(...few.map(([tier, { accounts }]) => ({ key: "few_accounts", tier, accounts })));
  const zeros = status === "indicative" ? zerosBound({ micro, macro }, rules) : null;
  const accounts = micro.accounts + macro.accounts;
  return { estimate: Math.exp(ratio.log), low, high, status, reasons, zeros, accounts };
}

/** The outcome of one reading of a claim by where the interval lies beside its range, and the key of the reason. */
function judged(test, { low, high, status, zeros }) {
  const least = test.low, most = test.high ?? BEYOND;
  const decided = () => {
    if (!(low < BEYOND)) return "undecided";
    if (least < low && (high < most || most === BEYOND)) return "supported";
    return high <= least || low >= most ? "contradicted" : "undecided";
  };
  if (status === "undefined") return { outcome: "untestable", why: "not_answerable" };
  const outcome = decided();
  if (status === "indicative") {
    const favour = zeros && zeros.raise === ["at_least", "more_than"].includes(test.relation);
    const bound = zeros && test.relation !== "equals" && outcome === (favour ? "supported" : "contradicted");
    return bound ? { outcome, why: "by_bound" } : { outcome: "undecided", why: "too_little" };
  }
  if (outcome === "contradicted") return { outcome, why: high <= least ? "interval_below" : "interval_above" };
  return { outcome, why: outcome === "supported" ? "interval_within" : "interval_across" };
}
