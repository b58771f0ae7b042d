// Gives every long table, and the list of claims, a field that hides what does not hold all of its words.
for (const box of document.querySelectorAll(".table-box, .cards")) {
  const rows = box.querySelectorAll("tbody tr, article");
  if (rows.length < 12) continue;
  const label = document.createElement("label"), field = document.createElement("input"), count = document.createElement("span");
  field.type = "search";
  label.className = "filter";
  label.append("Show only what holds ", field, " ", count);
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
