// Tables of texts.

import { element, named } from "./dom.js";

export function makeTable(heads, rows) {
  const row = (tag, texts, scope) =>
    element("tr", {}, ...texts.map((textContent) => element(tag, { textContent, ...(scope && { scope }) })));
  return element("table", {}, element("thead", {}, row("th", heads, "col")),
    element("tbody", {}, ...rows.map((texts) => row("td", texts))));
}

// A table that can be unfolded: {node, update()}. getRows(): texts.
export function foldedTable(title, heads, getRows) {
  const box = named("region", title, "table");
  box.tabIndex = 0;
  const node = element("details", {}, element("summary", { textContent: title }), box);
  const update = () => {
    if (node.open) box.replaceChildren(makeTable(heads, getRows()));
  };
  node.addEventListener("toggle", update);
  return { node, update };
}
