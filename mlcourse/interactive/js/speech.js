// What a screen reader hears: the text that has not changed for a while.

import { element } from "./dom.js";

export class Speech {
  // pause: milliseconds without a change.
  constructor(pause) {
    this.pause = pause;
    this.node = element("p", { className: "said", attributes: { "aria-live": "polite" } });
  }

  // The first text is not said: the component has just appeared.
  say(text) {
    if (text === this.text) return;
    clearTimeout(this.timer);
    if (this.text) this.timer = setTimeout(() => { this.node.textContent = text; }, this.pause);
    this.text = text;
  }

  stop() {
    clearTimeout(this.timer);
  }
}
