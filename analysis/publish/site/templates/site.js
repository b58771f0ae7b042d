"use strict";
// Filters with counts, whose state is kept in the address; buttons that copy; boxes that scroll by keyboard.
const all = (within, selector) => [...within.querySelectorAll(selector)];
const facts = (element) => JSON.parse(element.dataset.facets || "{}");
const values = (one, select) => [].concat(one.facts[select.name] ?? []);

/** Let a form hide entries, and rows within them, that lack its words or the values chosen in its lists. */
function filterable(form, entries, noun) {
  const rows = entries.flatMap((entry) => {
    const inner = all(entry, "[data-facets]"), text = entry.textContent.toLowerCase();
    return (inner.length ? inner : [entry]).map((row) => ({ row, entry, text, facts: { ...facts(entry), ...facts(row) } }));
  });
  const field = form.querySelector("input"), lists = all(form, "select"), total = form.querySelector("output");
  for (const option of all(form, "option")) option.dataset.title = option.textContent;
  const apply = () => {
    const words = field.value.toLowerCase().split(/\s+/), shown = new Set();
    const counts = new Map(lists.map((list) => [list, new Map()]));
    const count = (list, value, entry) => counts.get(list).set(value, (counts.get(list).get(value) ?? new Set()).add(entry));
    for (const one of rows) {
      const matches = words.every((word) => one.text.includes(word));
      const against = lists.filter((list) => list.value && !values(one, list).includes(list.value));
      if (one.row !== one.entry) one.row.hidden = !matches || against.length > 0;
      if (matches && !against.length) shown.add(one.entry);
      if (matches) for (const list of lists) if (!against.some((other) => other !== list)) for (const value of ["", ...values(one, list)]) count(list, value, one.entry);
    }
    for (const entry of entries) entry.hidden = !shown.has(entry);
    for (const list of lists) for (const option of list.options) option.textContent = `${option.dataset.title} (${counts.get(list).get(option.value)?.size ?? 0})`;
    total.textContent = `${shown.size} of ${entries.length} ${noun}`;
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(() => form.dispatchEvent(new Event("input"))));
  apply();
}

/** Keep the state of a form behind the # of the address, so that a view can be linked; a plain anchor shows everything. */
function remembered(form) {
  const read = () => {
    const hash = location.hash.slice(1), state = new URLSearchParams(hash);
    const target = document.getElementById(hash);
    if (hash && !hash.includes("=") && !target?.closest("[hidden]")) return;
    for (const field of form.elements) if (field.name) field.value = state.get(field.name) ?? "";
    for (const list of all(form, "select")) if (list.selectedIndex < 0) list.value = "";
    form.dispatchEvent(new Event("input"));
    target?.scrollIntoView();
  };
  form.addEventListener("input", () => {
    const state = new URLSearchParams([...new FormData(form)].filter(([, value]) => value)).toString();
    if (state || location.hash.includes("=")) history.replaceState(null, "", location.href.split("#")[0] + (state && `#${state}`));
  });
  addEventListener("hashchange", read);
  if (location.hash) read();
}

for (const form of all(document, "form.filters")) {
  filterable(form, all(document.getElementById(form.dataset.filters), "[data-entry]"), form.dataset.noun);
  remembered(form);
}

// A long table gets a search field.
for (const box of all(document, "main .table-box:not(.tall)")) {
  const entries = all(box, "tbody tr");
  if (entries.length < 25 || box.closest("[data-entry]")) continue;
  const form = document.createElement("form"), label = document.createElement("label"), field = document.createElement("input");
  form.className = "filters";
  field.type = "search";
  label.append("search ", field);
  form.append(label, document.createElement("output"));
  box.before(form);
  filterable(form, entries, "rows");
}

for (const button of all(document, "[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy), status = button.parentElement.querySelector("[role=status]");
    try {
      await navigator.clipboard.writeText(source.textContent);
      status.textContent = "Copied.";
    } catch { // without encryption or permission: select the text, so that it can be copied by hand
      source.closest("details")?.setAttribute("open", "");
      getSelection().selectAllChildren(source);
      status.textContent = "Selected: copy it with your keyboard.";
    }
  });
}

for (const box of all(document, ".table-box, pre")) {
  box.tabIndex = 0;
  if (box.matches("pre")) continue;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", box.querySelector("table").getAttribute("aria-label") ?? "table");
}

for (const side of all(document, "details.side")) side.open = matchMedia("(min-width: 75rem)").matches;

// A link to a claim opens its reasons.
const unfold = () => document.getElementById(location.hash.slice(1))?.querySelector(":scope > details")?.setAttribute("open", "");
addEventListener("hashchange", unfold);
unfold();
