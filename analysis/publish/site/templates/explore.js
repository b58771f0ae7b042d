// The page on which edges can be moved: sentence, verdict, picture and table follow; the address keeps the setting.
const { rules, words, averages, metrics, schemes, claims, sources, first } = EXPLORER;
const one = (id) => document.getElementById(id), form = one("choices"), field = (name) => form.elements[name];
const TIERS = ["micro", "macro"], orOpen = (edge) => edge ?? BEYOND;
let chosen = {}, width = 0; // edges of both tiers [followers]; of the picture [pixels]

// --- words

/** Fill a template of `analysis.present.sentences.explored` with facts. */
const fill = (template, facts) => template
  .replace(/\{(\w+)(:,)?\}/g, (_, name, split) => (split ? count(facts[name]) : facts[name]))
  .replace(/(^|[^\d,])1 accounts/g, "$11 account");
const capital = (text) => text[0].toUpperCase() + text.slice(1);
const reason = (why) => fill(words.reasons[why.key], { ...why, problem: why.problem && reason(why.problem) });

function range([low, high], noun = "") {
  const kind = high === BEYOND ? "over" : low === 0 ? "under" : "within";
  return fill(words.ranges[kind], { low: short(low), high: short(high), noun });
}

function headline(ratio, source, metric, tiers) {
  const { estimate, low, high, status, zeros } = ratio, above = low > 1, below = high < 1;
  const bound = zeros && (zeros.raise ? above : below), clear = status === "ok" && (above || below);
  const sized = estimate >= rules.times ? "times" : "clear";
  const kind = status === "undefined" ? "none" : bound ? "bound" : clear ? sized : "open";
  const percent = Math.round(Math.abs(100 * (estimate - 1))), all = percent >= 100 && below;
  const size = kind === "times" ? formats[estimate < 10 ? 1 : 0].format(estimate)
    : `${all ? "more than 99" : percent || "less than 1"}\u00a0%`;
  const facts = { platform: source.platform, metric: metric.short, more: above ? "more" : metric.less, size };
  const noun = kind === "open" || kind === "none" ? "" : " followers", far = noun ? "" : " followers";
  return fill(words.headlines[kind], { ...facts, micro: range(tiers.micro, noun), macro: range(tiers.macro, far) });
}

function measured({ estimate, low, high }) {
  if (Number.isNaN(estimate)) return "";
  if (Number.isNaN(low)) return `${lift(estimate)}, no interval. `;
  return `${lift(estimate)}, ${100 * rules.confidence}\u00a0% interval ${lift(low)} to ${lift(high)}. `;
}

/** One reading of the claim: its outcome and why. */
function reading(test, ratio) {
  const { outcome, why } = judged(test, ratio), ends = [test.low, orOpen(test.high)];
  const crossed = ends.filter((edge) => ratio.low <= edge && edge < ratio.high).map(lift).join(" and ");
  const facts = { low: lift(ends[0]), high: lift(ends[1]), edges: crossed, ...ratio.zeros };
  Object.assign(facts, { lift: ratio.zeros?.raise ? "raise" : "lower", reasons: ratio.reasons.map(reason).join("; ") });
  return { outcome, text: fill(words.verdicts[why], facts) };
}

/** All readings; a single one where nothing can be answered, since they all lack the same. */
function readings(ratio, { beside }) {
  const key = field("claim").value, { tests } = claims[key], why = beside[key]?.[field("metric").value];
  if (why) return [{ outcome: "untestable", text: `. ${why}` }];
  const each = tests.map((test) => ({ ...reading(test, ratio), test }));
  if (ratio.status === "undefined") return [{ ...each[0], text: `. ${each[0].text}` }];
  const as = (test) => (tests.length > 1 ? ` ${words.readings[test.relation]}` : "");
  return each.map(({ outcome, text, test }) => ({ outcome, text: `${as(test)}: claimed ${test.words}. ${text}` }));
}

// --- controls

const edges = () => sources[field("source").value].edges.map(orOpen);
const tierOf = (name) => ["from", "to"].map((end) => edges()[Number(field(`${name}-${end}`).value)]);

/** The place of the edge that is nearest to a number of followers, by their ratio. */
function nearest(value, among) {
  const size = (followers) => Math.log1p(Math.min(followers, 1e12));
  const away = (edge) => Math.abs(size(edge) - size(value));
  return among.reduce((best, edge, at) => (away(edge) < away(among[best]) ? at : best), 0);
}

function menu(name, options, value) {
  field(name).replaceChildren(...options.map(([key, title]) => new Option(title, key)));
  field(name).value = value;
}

/** Put a tier on the nearest edges; the end that was not moved makes room if need be. */
function setTier(name, [low, high], moved = "from") {
  const among = edges(), last = among.length - 1, places = { from: nearest(low, among), to: nearest(high, among) };
  if (moved === "to") places.to = Math.max(places.to, 1);
  else places.from = Math.min(places.from, last - 1);
  if (places.from >= places.to && moved === "to") places.from = places.to - 1;
  else if (places.from >= places.to) places.to = places.from + 1;
  for (const [end, at] of Object.entries(places)) {
    const slider = field(`${name}-${end}`), endless = among[at] === BEYOND;
    slider.max = last;
    slider.value = at;
    slider.setAttribute("aria-valuetext", endless ? "no end" : `${count(among[at])} followers`);
    field(`${name}-${end}-number`).value = endless ? "" : among[at];
  }
}

/** Offer what the source has, and keep what was chosen if it has that, too. */
function setSource(tiers, metric) {
  const source = sources[field("source").value], held = Object.keys(source.metrics);
  menu("metric", held.map((key) => [key, metrics[key].title]), held.includes(metric) ? metric : source.main);
  for (const name of TIERS) setTier(name, tiers[name]);
}

/** A publisher whose tiers are chosen, if there is one: edges beyond the cells of a source cut nothing. */
function schemeOf() {
  const among = edges(), cut = (tiers) => TIERS.flatMap((name) => tiers[name])
    .map((edge) => within(orOpen(edge), among[0], among.at(-1))).join();
  const same = Object.keys(schemes).filter((key) => cut(schemes[key]) === cut(chosen));
  return same.includes(field("scheme").value) ? field("scheme").value : same[0] ?? "";
}

// --- the address

function remember() {
  const state = new URLSearchParams(["claim", "source", "metric", "average"].map((name) => [name, field(name).value]));
  for (const name of TIERS) state.set(name, chosen[name].map((edge) => (edge === BEYOND ? "" : edge)).join("-"));
  const address = `${location.href.split("#")[0]}#${state}`;
  if (address !== location.href) history.replaceState(null, "", address);
  one("link").textContent = address;
}

function recall() {
  const state = new URLSearchParams(location.hash.slice(1)), tiers = {};
  for (const name of ["claim", "source", "average"]) {
    field(name).value = state.get(name);
    if (field(name).selectedIndex < 0) field(name).value = first[name];
  }
  for (const name of TIERS) {
    const [, low, high] = /^(\d+)-(\d*)$/.exec(state.get(name)) ?? [];
    tiers[name] = low ? [Number(low), high ? Number(high) : BEYOND] : schemes[first.scheme][name].map(orOpen);
  }
  setSource(tiers, state.get("metric"));
  show();
  remember();
}

// --- the answer

function showReadings(given) {
  one("readings").replaceChildren(...given.map(({ outcome, text }) => {
    const item = document.createElement("li"), name = document.createElement("b");
    name.className = `outcome ${outcome}`;
    name.textContent = capital(words.outcomes[outcome]);
    item.dataset.outcome = outcome;
    item.append(name, text);
    return item;
  }));
}

function showTable(held, metric, level) {
  for (const name of TIERS) {
    const [low, high] = interval(held[name], rules.confidence).map((end) => three(metric.scale * end));
    const ends = low === "–" ? low : `${low} to ${high}`, { accounts, posts } = held[name];
    const texts = [range(chosen[name]), count(accounts), count(posts), level(held[name].log), ends];
    one(`row-${name}`).querySelectorAll("td").forEach((cell, at) => { cell.textContent = texts[at]; });
  }
}

function show() {
  const [claim, source, metric, average] = Object.entries({ claim: claims, source: sources, metric: metrics,
    average: averages }).map(([name, known]) => known[field(name).value]);
  const cells = source.metrics[field("metric").value], unit = metric.unit === "percent" ? " %" : "";
  const averaged = (ends) => averageOf(source, cells, average, ends, rules);
  const level = (log) => `${three(metric.scale * Math.exp(log))}${Number.isNaN(log) ? "" : unit}`;
  chosen = Object.fromEntries(TIERS.map((name) => [name, tierOf(name)]));
  const held = Object.fromEntries(TIERS.map((name) => [name, averaged(chosen[name])]));
  const ratio = contrastOf(held.micro, held.macro, rules), why = ratio.reasons.map(reason).join("; ");
  const { micro: [, ends], macro: [begins] } = chosen, refused = ends > begins;

  field("scheme").value = schemeOf();
  one("explorer").classList.toggle("refused", refused);
  one("sentence").textContent = refused ? fill(words.overlap, { ends: count(ends), begins: count(begins) })
    : headline(ratio, source, metric, chosen);
  one("numbers").textContent = refused ? "" : `${measured(ratio)}${count(ratio.accounts)} accounts, ${source.title}: `
    + `${metric.title}, ${field("average").value}.${ratio.status === "indicative" ? ` ${capital(why)}.` : ""}`;
  one("claimed").textContent = claim.title;
  one("claimed").href = `claims.html#${field("claim").value}`;
  one("level").textContent = field("average").value;
  showReadings(refused ? [] : readings(ratio, source));
  showTable(held, metric, level);

  const bands = source.lower.map((from, at) => ({ from, to: orOpen(source.upper[at]) }));
  for (const band of bands) band.level = metric.scale * Math.exp(averaged([band.from, band.to]).log);
  const tiers = TIERS.map((name) => {
    const [from, to] = chosen[name];
    return { name, from, to, label: `${name}: ${level(held[name].log)}` };
  });
  const drawn = refused ? { ...ratio, estimate: NaN, low: NaN, high: NaN } : ratio;
  one("picture").setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  one("picture").replaceChildren(...drawRatio(drawn, claim.tests[0], width), ...drawBands(bands, tiers, width));
  const { estimate, low, high, status, accounts } = ratio, zeros = ratio.zeros?.raise ? "zeros_raise" : "zeros_lower";
  const facts = { estimate, low, high, status, accounts, reasons: why, refused, zeros: ratio.zeros ? zeros : "" };
  Object.assign(one("explorer").dataset, facts); // unrounded
}

// --- what is moved

form.addEventListener("input", ({ target: { name, value } }) => {
  const [tier, end, typed] = name.split("-");
  if (typed) return; // a number counts once it is whole
  if (name === "source") setSource(chosen, field("metric").value);
  else if (name === "scheme" && value) for (const each of TIERS) setTier(each, schemes[value][each].map(orOpen));
  else if (end) setTier(tier, tierOf(tier), end);
  show();
});
form.addEventListener("change", ({ target: { name, value } }) => {
  const [tier, end, typed] = name.split("-");
  if (typed) {
    const [low, high] = chosen[tier], given = value === "" && end === "to" ? BEYOND : Number(value);
    setTier(tier, end === "from" ? [given, high] : [low, given], end);
    show();
  }
  remember();
});
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", recall);
addEventListener("resize", () => {
  width = one("picture").clientWidth;
  show();
});

const titles = (known, title) => Object.keys(known).map((key) => [key, title(known[key], key)]);
menu("scheme", [["", "your own edges"], ...titles(schemes, ({ title }) => title)], "");
menu("claim", titles(claims, ({ title }, key) => `${key}: ${title}`), first.claim);
menu("source", titles(sources, ({ title }) => title), first.source);
menu("average", titles(averages, (_, key) => key), first.average);
one("explorer").hidden = false;
width = one("picture").clientWidth;
recall();
