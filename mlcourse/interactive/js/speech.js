// What a screen reader hears.

import { element } from "./dom.js";

const PAUSE = 1000; // milliseconds without a change

export class Speech {
  constructor() {
    this.node = element("p", { className: "said", ariaLive: "polite" });
  }

  // Say a text that has not changed for a while. The first one is not said: the component has just
  // appeared.
  say(text) {
    if (text === this.text) return;
    clearTimeout(this.timer);
    if (this.text) this.timer = setTimeout(() => this.sayNow(text), PAUSE);
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
