// Numbers as they stand elsewhere in the report, and the picture of the page on which edges can be moved: a ratio over
// what is claimed, and the average of each follower band with both tiers. In pixels of its own width, so that text
// keeps its size on a phone.
const HEIGHT = 344, SIDE = 14;
const TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 5, 10, 20, 50, 100];

const formats = [0, 1, 2, 3, 4, 5, 6].map((digits) => (
  new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })));
const count = (value) => formats[0].format(value);

/** Followers: 2500 as 2.5K. */
function short(value) {
  const [size, letter] = [[1e9, "B"], [1e6, "M"], [1e3, "K"]].find(([least]) => value >= least) ?? [1, ""];
  return `${Number((value / size).toPrecision(6))}${letter}`;
}

/** A ratio as percent more or less, never rounded to nothing at all. */
function lift(ratio) {
  if (!Number.isFinite(ratio)) return "no limit";
  const percent = 100 * (ratio - 1), whole = percent > -99.5 || ratio === 0;
  return `${percent >= 0.5 ? "+" : ""}${whole ? Math.round(percent) + 0 : Math.ceil(10 * percent) / 10}\u00a0%`;
}

/** Three significant digits. */
function three(value) {
  if (!Number.isFinite(value)) return "–";
  return formats[Math.min(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))), 6)].format(value);
}

function draw(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}
const write = (text, x, y, kind = "", anchor = "middle") => (
  draw("text", { class: kind, x, y, "text-anchor": anchor }, text));
const within = (value, least, most) => Math.min(Math.max(value, least), most);

/** Where a value stands on a logarithmic axis; what lies beyond its ends stands on them. */
const axis = (low, high, from, to) => (value) => (
  from + (to - from) * Math.log(within(value, low, high) / low) / Math.log(high / low));

/** Marks of an axis of percent more or less, as many as there is room for. */
function ticksOf(low, high, x, width) {
  const parts = [draw("line", { class: "same", x1: x(1), x2: x(1), y1: 30, y2: 108 })];
  parts.push(write("no difference", x(1), 126, "quiet"));
  let taken = -BEYOND;
  for (const tick of TICKS) {
    const at = x(tick), free = at - taken > 62 && Math.abs(at - x(1)) > 78 && at > 30 && at < width - 30;
    if (tick < low || tick > high || !free) continue;
    taken = at;
    parts.push(draw("line", { x1: at, x2: at, y1: 30, y2: 108 }), write(lift(tick), at, 126, "quiet"));
  }
  return parts;
}

/** A ratio with its interval, over what is claimed. */
function drawRatio({ estimate, low, high, status }, test, width) {
  const shown = [estimate, low, high, test.value].filter((value) => value > 0 && value < BEYOND);
  const least = TICKS.findLast((tick) => tick < Math.min(...shown, 0.8) / 1.05) ?? TICKS[0];
  const most = TICKS.find((tick) => tick > Math.max(...shown, 1.6) * 1.05) ?? TICKS.at(-1);
  const x = axis(least, most, SIDE, width - SIDE), from = x(test.low), to = x(test.high ?? BEYOND);
  const area = draw("rect", { class: "claimed", x: from, y: 30, width: to - from, height: 78 });
  const parts = [area, ...ticksOf(least, most, x, width)];
  const middle = test.value === 1 ? (from + to) / 2 : x(test.value);
  if (test.value !== 1) parts.push(draw("line", { class: "claim", x1: middle, x2: middle, y1: 24, y2: 108 }));
  const [place, anchor] = middle < 90 ? [2, "start"] : middle > width - 90 ? [width - 2, "end"] : [middle, "middle"];
  parts.push(write(`claimed: ${test.short}`, place, 17, "claim", anchor));
  if (!Number.isFinite(estimate)) return parts;
  const kind = status === "ok" ? "" : "unsure";
  if (!Number.isNaN(low)) parts.push(draw("line", { class: `bar ${kind}`, x1: x(low), x2: x(high), y1: 84, y2: 84 }));
  parts.push(draw("circle", { class: `mark ${kind}`, cx: x(estimate), cy: 84, r: 7 }));
  parts.push(write(lift(estimate), within(x(estimate), 40, width - 40), 66, "value"));
  return parts;
}

/** The level of each band along followers, with both tiers: `bands` has `from`, `to` and `level`, `tiers` has
 * `name`, `from`, `to` and `label`. */
function drawBands(bands, tiers, width) {
  const top = 186, bottom = 306, { from: first, to: next } = bands[0], { from: last, to: end } = bands.at(-1);
  const start = Math.max(first, next / 10), x = axis(start, end === BEYOND ? 2 * last : end, SIDE, width - SIDE);
  const known = bands.filter(({ level }) => level > 0), levels = known.map(({ level }) => level), parts = [];
  const y = axis(Math.min(...levels) / 1.2, Math.max(...levels) * 1.2, bottom, top);
  tiers.forEach(({ name, from, to, label }, at) => {
    const row = top - 26 + 16 * at, middle = (x(from) + x(to)) / 2; // rows of their own, since tiers may be near
    parts.push(draw("rect", { class: name, x: x(from), y: row + 4, width: x(to) - x(from), height: bottom - row - 4 }));
    parts.push(write(label, within(middle, 52, width - 52), row));
  });
  for (const { from, to, level } of known) {
    const held = tiers.some((tier) => from >= tier.from && to <= tier.to) ? "held" : "";
    parts.push(draw("line", { class: `band ${held}`, x1: x(from) + 1, x2: x(to) - 1, y1: y(level), y2: y(level) }));
  }
  const ticks = [1e2, 1e3, 1e4, 1e5, 1e6, 1e7].filter((tick) => tick >= start && tick < end);
  parts.push(...ticks.map((tick) => write(short(tick), Math.max(x(tick), 10), bottom + 18, "quiet")));
  return [...parts, write("followers", width - 2, bottom + 34, "quiet", "end")];
}
