// Buttons and a slider that move through numbered steps.

import { button, slider } from "./controls.js";
import { named } from "./dom.js";

export class StepBar {
  // session: has play() and move(step), from 0. first: the number that readers see for step 0.
  constructor(session, name, first, ...others) {
    const move = (change) => () => session.move(this.step + change);
    this.first = first;
    this.play = button("Play", () => session.play(), { className: "main" });
    this.back = button("Back", move(-1));
    this.next = button("Next", move(1));
    this.scrub = slider(name, [first, first, 1], (number) => session.move(number - first));
    this.scrub.node.classList.add("wide");
    this.node = named("group", `${name}s`, "bar", this.play, this.back, this.next, this.scrub.node, ...others);
  }

  set(step, n, isRunning) {
    this.step = step;
    this.play.textContent = isRunning ? "Pause" : "Play";
    this.back.disabled = step <= 0;
    this.next.disabled = step >= n - 1;
    this.scrub.input.max = n - 1 + this.first;
    this.scrub.set(step + this.first);
  }
}
