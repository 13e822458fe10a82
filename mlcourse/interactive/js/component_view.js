// What the views of all live components share: a session that is shown in an element, in the page's
// theme, with keys that a notebook or slides do not hear.
//
// A view defines makeParts(options), which returns its node, and update(), which shows the session.

import { element } from "./dom.js";
import { Speech } from "./speech.js";
import { STYLE } from "./style.js";
import { isDark, watchTheme } from "./theme.js";

// Whether the page may use a key too: Escape, and outside of fields Page Up and Page Down, which
// turn slides. A notebook would insert cells for other keys.
function isForPage({ key, target }) {
  if (key.startsWith("Page")) return !target.matches("input, select, textarea");
  return key === "Escape";
}

export class ComponentView {
  // style: what the component adds to the style sheet. options: isCompact, whether to fit the height
  // of a slide, and what makeParts knows.
  constructor(host, session, style, { isCompact = false, ...options } = {}) {
    this.session = session;
    this.speech = new Speech();
    this.node = this.makeParts({ isCompact, ...options });
    this.node.classList.add("frame");
    this.node.classList.toggle("compact", isCompact);
    this.node.append(this.speech.node);
    this.node.addEventListener("keydown", (event) => {
      if (!isForPage(event)) event.stopPropagation();
    });
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    root.replaceChildren(element("style", { textContent: STYLE + style }), this.node);
    session.views.add(this);
    this.watch(host);
  }

  watch(host) {
    const applyTheme = () => {
      const dark = isDark(host);
      this.node.classList.toggle("dark", dark);
      this.onTheme(dark);
    };
    const sizeOf = () => `${this.node.clientWidth} ${this.node.clientHeight}`;
    let size = "";
    const resizes = new ResizeObserver(() => {
      if (sizeOf() !== size && this.node.clientWidth) this.onResize(); // not hidden, as on another slide
      size = sizeOf();
    });
    const visibility = new IntersectionObserver((entries) => this.onVisible(entries.at(-1).isIntersecting));
    const stopTheme = watchTheme(applyTheme);
    applyTheme();
    size = sizeOf();
    resizes.observe(this.node);
    visibility.observe(this.node);
    this.close = () => {
      resizes.disconnect();
      visibility.disconnect();
      stopTheme();
    };
  }

  // The page's theme may have changed; called once at the start.
  onTheme() {
    this.update();
  }

  onResize() {
    this.update();
  }

  onVisible() {}

  dispose() {
    this.speech.stop();
    this.session.views.delete(this);
    this.close();
  }
}
