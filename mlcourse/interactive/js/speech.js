// What a screen reader hears: the text that has not changed for a while.

import { element } from "./dom.js";

const PAUSE = 1000; // milliseconds without a change

export class Speech {
  constructor() {
    this.node = element("p", { className: "said", ariaLive: "polite" });
  }

  // The first text is not said: the component has just appeared.
  say(text) {
    if (text === this.text) return;
    clearTimeout(this.timer);
    if (this.text) this.timer = setTimeout(() => { this.node.textContent = text; }, PAUSE);
    this.text = text;
  }

  sayNow(text) {
    clearTimeout(this.timer);
    this.text = text;
    this.node.textContent = text;
  }

  stop() {
    clearTimeout(this.timer);
  }
}
