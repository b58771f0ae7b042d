// Gives every long table, and the list of claims, a field that hides entries without all of its words.
for (const box of document.querySelectorAll("main > .cards, main > .table-box")) {
  const rows = box.querySelectorAll(box.matches(".cards") ? "article" : "tbody tr");
  if (rows.length < 12) continue;
  const label = document.createElement("label"), field = document.createElement("input"), count = document.createElement("span");
  field.type = "search";
  label.className = "filter";
  label.append("Show only entries with the words ", field, " ", count);
  const apply = () => {
    const words = field.value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const row of rows) shown += !(row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word)));
    count.textContent = `${shown} of ${rows.length}`;
  };
  field.addEventListener("input", apply);
  box.before(label);
  apply();
}
