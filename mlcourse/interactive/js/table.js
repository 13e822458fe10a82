// Tables of texts.

import { element, named } from "./dom.js";

// spoken(text): what a screen reader says of a cell.
export function makeTable(heads, rows, spoken) {
  const cell = (textContent) => element("td", { textContent, ariaLabel: spoken?.(textContent) });
  const head = (textContent) => element("th", { textContent, scope: "col" });
  const row = (cells) => element("tr", {}, ...cells);
  return element("table", {}, element("thead", {}, row(heads.map(head))),
    element("tbody", {}, ...rows.map((texts) => row(texts.map(cell)))));
}

// A table that can be unfolded: {node, update()}. getRows(): texts.
export function foldedTable(title, heads, getRows, spoken) {
  const box = named("region", title, "table");
  box.tabIndex = 0;
  const node = element("details", {}, element("summary", { textContent: title }), box);
  const update = () => {
    if (node.open) box.replaceChildren(makeTable(heads, getRows(), spoken));
  };
  node.addEventListener("toggle", update);
  return { node, update };
}
