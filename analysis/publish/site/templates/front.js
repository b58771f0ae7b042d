// The search of the first page: words filter the list; a whole sentence gets the claim that is nearest.
const finder = document.querySelector("form.finder");

/** Numbers as digits, percent as %, thousands written out: "sixty percent", "60 %" and "1.6 times" are 60%. */
const UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(" ");
const TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SIZES = { k: 1e3, thousand: 1e3, tsd: 1e3, m: 1e6, mn: 1e6, million: 1e6, bn: 1e9, b: 1e9, billion: 1e9 };
function normalised(text) {
  let plain = text.toLowerCase().normalize("NFKC").replace(/[‘’]/g, "'").replace(/[“”"„]/g, " ");
  plain = plain.replace(/per[ -]?cent|\bpct\b|percentage points?/g, "%").replace(/(?<=\d)[ ,.'](?=\d{3}(?!\d))/g, "");
  plain = plain.replace(/(?<=[a-z])[-–/](?=[a-z])/g, " ");
  plain = plain.replace(/\b([a-z]+ty)[ -](one|two|three|four|five|six|seven|eight|nine)\b/g, (all, ten, unit) =>
    TENS.includes(ten) ? String(10 * TENS.indexOf(ten) + UNITS.indexOf(unit)) : all);
  plain = plain.replace(/\b[a-z]+\b/g, (word) => TENS.indexOf(word) > 1 ? String(10 * TENS.indexOf(word)) : UNITS.includes(word) ? String(UNITS.indexOf(word)) : word);
  plain = plain.replace(/\b(?:an? )?hundred thousand\b/g, "100000").replace(/\b(\d+) hundred\b/g, (all, n) => String(100 * n));
  plain = plain.replace(/\bhalf a million\b/g, "500000").replace(/\ba (million|thousand)\b/g, "1 $1");
  plain = plain.replace(/(\d+(?:\.\d+)?)\s*(k|thousand|tsd|mn|million|m|bn|billion|b)\b/g, (all, n, size) => String(Math.round(n * SIZES[size])));
  plain = plain.replace(/\b(1\.\d+)\s*(?:x|×|times|fold)(?![a-z])/g, (all, n) => `${Math.round(100 * (n - 1))}%`);
  plain = plain.replace(/\b(?:an?|1) (fifth|quarter|third)\b/g, (all, part) => ({ fifth: "20%", quarter: "25%", third: "33%" })[part]);
  return plain.replace(/(\d)\s+%/g, "$1%").replace(/(\d)\s*[-–]\s*(?=\d)/g, "$1 ");
}

/** From which nearness on a claim is shown. */
const LEAST = 0.16;
const EMPTY = new Set("a an and are as at be been but by can could did do does for from had has have if in into is it its may of on or our so such than that the their them then there these they this those to was we were what when which who whom whose will with would you your also very even only just about per not no all any each other one they're it's i".split(" "));
const stem = (word) => /\d/.test(word) ? word : word.replace(/'s$/, "").replace(/(?<=..[a-z])(?:ing|ied|ies|ed|ly|es|s)$/, "").replace(/(?<=...)e$/, "");

/** Tokens of a text: words of the register as @key, numbers as they are, other words without their endings. */
function tokensOf(text, phrases, partly = false) {
  let plain = ` ${normalised(text)} `;
  for (const [pattern, key] of phrases) plain = plain.replace(pattern, ` @${key} `);
  const words = plain.match(/@[a-z]+|\d+(?:\.\d+)?%?|[\p{L}']+/gu) ?? [];
  const kept = words.filter((word) => !EMPTY.has(word));
  return (partly && !kept.length ? words : kept).map((word) => word.startsWith("@") ? word : stem(word));
}

function phrasesOf(same) {
  const pairs = Object.entries(same).flatMap(([key, words]) => words.map((word) => [normalised(word).trim(), key]));
  pairs.sort((one, other) => other[0].length - one[0].length || (one[0] < other[0] ? -1 : 1));
  const quoted = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/ /g, "\\s+");
  return pairs.map(([word, key]) => [new RegExp(`(?<![\\p{L}@])${quoted(word)}(?![\\p{L}])`, "gu"), key]);
}

/** How near two sets of tokens are, from 0 to 1: shared ones over all, rare ones and numbers weighing more. */
function nearness(asked, said, weight) {
  const sum = (tokens) => [...tokens].reduce((total, token) => total + weight(token) ** 2, 0);
  const shared = [...asked].filter((token) => said.has(token));
  if (shared.length < 2) return 0; // a single word in common says nothing
  return sum(shared) / Math.sqrt(sum(asked) * sum(said) || 1);
}

function findable(form) {
  const phrases = phrasesOf(JSON.parse(form.dataset.same)), field = form.querySelector("textarea");
  const total = form.querySelector("output"), box = document.getElementById("nearest");
  const groups = all(document, "details.group");
  const entries = all(document, "#groups [data-entry]").map((row) => {
    const tokens = new Set(tokensOf(row.dataset.says, phrases));
    const wide = new Set([...tokens, ...tokensOf(`${row.dataset.also} ${row.querySelector(".found").textContent}`, phrases)]);
    return { row, tokens, wide, group: new Set(tokensOf(row.dataset.group, phrases)) };
  });
  const often = new Map();
  for (const one of entries) for (const token of one.tokens) often.set(token, (often.get(token) ?? 0) + 1);
  const weight = (token) => Math.log((entries.length + 1) / (1 + (often.get(token) ?? 0))) * (/^\d/.test(token) ? 1.4 : 1);
  const holds = (tokens, asked) => [...asked].every((token) => [...tokens].some((one) => one === token || (!token.startsWith("@") && one.startsWith(token))));

  const show = (chosen) => {
    for (const one of entries) one.row.hidden = !chosen.has(one);
    for (const group of groups) {
      group.hidden = !all(group, "[data-entry]").some((row) => !row.hidden);
      group.open = chosen.size < entries.length && !group.hidden;
    }
    total.textContent = chosen.size < entries.length ? `${chosen.size} of ${entries.length} claims` : "";
  };
  const answer = (ranked) => {
    box.hidden = false;
    const [best, ...others] = ranked;
    const text = (name, words, className = "") => {
      const one = document.createElement(name);
      one.textContent = words;
      one.className = className;
      box.append(one);
      return one;
    };
    if (!best || best.score < LEAST) {
      text("p", "No registered claim is near this sentence.", "asked");
      return;
    }
    text("p", "Nearest claim", "note");
    text("p", `“${best.row.dataset.says}”`, "quote");
    box.append(...[...best.row.querySelectorAll(":scope > p, .say")].map((one) => one.cloneNode(true)));
    const more = text("p", "", "note"), link = document.createElement("a");
    link.href = `#${best.row.id}`;
    link.textContent = `Why: ${best.row.id}`;
    more.append(link, others.length ? ". Others near: " : "");
    others.slice(0, 3).forEach((one, place) => {
      const other = document.createElement("a");
      other.href = `#${one.row.id}`;
      other.textContent = one.row.dataset.says;
      more.append(place ? " · " : "", other);
    });
  };
  const apply = () => {
    const asked = new Set(tokensOf(field.value, phrases, true));
    const long = field.value.trim().split(/\s+/).length > 4;
    box.replaceChildren();
    box.hidden = true;
    if (!asked.size) return show(new Set(entries));
    if (!long) {
      const exact = entries.filter((one) => holds(one.tokens, asked)), wide = entries.filter((one) => holds(one.wide, asked));
      const grouped = entries.filter((one) => holds(new Set([...one.wide, ...one.group]), asked));
      const found = new Set([...exact, ...wide]);
      const some = found.size ? found : new Set(grouped);
      if (some.size || asked.size < 2) return show(some);
    }
    const ranked = entries.map((one) => ({ ...one, score: nearness(asked, one.tokens, weight) })).filter((one) => one.score > 0);
    ranked.sort((one, other) => other.score - one.score || (one.row.id < other.row.id ? -1 : 1));
    answer(ranked);
    const nearest = new Set(ranked.slice(0, 5).map((one) => one.row.id));
    show(new Set(entries.filter((one) => nearest.has(one.row.id))));
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(() => form.dispatchEvent(new Event("input"))));
  apply();
}

// A link to a claim opens its group and its reasons, whatever was searched for.
const disclose = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (!target?.matches("[data-entry], details.group")) return;
  if (target.closest("[hidden]")) finder.reset();
  setTimeout(() => {
    for (let one = target; one; one = one.parentElement) if (one.matches("details")) one.open = true;
    target.querySelector(":scope > details")?.setAttribute("open", "");
    target.scrollIntoView();
  }, 20);
};

if (finder) {
  findable(finder);
  remembered(finder);
  addEventListener("hashchange", disclose);
  disclose();
}
