// The rows of a waterfall as one stop of the Tab key, with the arrow keys between them. Without this
// each row's link is a stop of its own.
"use strict";

for (const table of document.querySelectorAll(".waterfall.by-service")) {
  const rows = [...table.querySelectorAll(".nm a")];
  const stop = (link) => rows.forEach((row) => { row.tabIndex = row === link ? 0 : -1; });
  if (rows.length) stop(rows.find((row) => row.getAttribute("aria-current") === "true") || rows[0]);
  table.addEventListener("focusin", (event) => { if (rows.includes(event.target)) stop(event.target); });
  table.addEventListener("keydown", (event) => {
    const here = rows.indexOf(document.activeElement);
    const steps = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: rows.length - 1 };
    if (here < 0 || !(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = rows[steps[event.key]];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}
