// What all live components have: a shadow root with the style sheet, the page's theme, and keys that
// a notebook or slides do not hear.

import { element, isForPage } from "./dom.js";
import { STYLE } from "./style.js";
import { isDark, watchTheme } from "./theme.js";

// Show a node in a host element. style: what the component adds to the style sheet. onTheme(dark):
// once, and when the theme changes; onResize() and onVisible(isVisible): when that changes. Return a
// function that stops all this.
export function present(host, node, { style = "", onTheme, onResize = () => {}, onVisible = () => {} }) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  root.replaceChildren(element("style", { textContent: STYLE + style }), node);
  node.classList.add("frame");
  node.addEventListener("keydown", (event) => {
    if (!isForPage(event)) event.stopPropagation();
  });
  const applyTheme = () => {
    const dark = isDark(host);
    node.classList.toggle("dark", dark);
    onTheme(dark);
  };
  const resizes = new ResizeObserver(onResize);
  resizes.observe(node);
  const visibility = new IntersectionObserver((entries) => onVisible(entries.at(-1).isIntersecting));
  visibility.observe(node);
  const stopTheme = watchTheme(applyTheme);
  applyTheme();
  return () => {
    resizes.disconnect();
    visibility.disconnect();
    stopTheme();
  };
}
