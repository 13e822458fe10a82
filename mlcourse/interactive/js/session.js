// One playground that several views may show: it trains in animation frames, while it is visible.

import { ComponentSession, isCalm } from "./component_session.js";
import { Trainer } from "./trainer.js";

const BUDGET = 6; // milliseconds of training in a frame
const CALM = 250; // milliseconds between frames for readers who prefer reduced motion

export class Session extends ComponentSession {
  constructor(settings, weights = null) {
    super();
    this.trainer = new Trainer(settings, weights);
    this.scheduled = false;
    this.lastPaint = 0;
    this.version = 0; // grows when points, features or layers change
  }

  get saved() {
    const { settings, network, history, epoch } = this.trainer;
    return { settings: { ...settings }, weights: network.params, columns: { ...history }, epoch };
  }

  run() {
    if (this.trainer.problem) return;
    this.running = true;
    this.update();
    this.wake();
  }

  pause() {
    this.running = false;
    this.changed();
  }

  step() {
    this.running = false;
    this.trainer.step();
    this.changed();
  }

  epoch() {
    this.running = false;
    this.trainer.trainEpoch();
    this.changed();
  }

  reset() {
    this.running = false;
    this.trainer.reset();
    this.changed();
  }

  change(changes) {
    if (this.trainer.change(changes)) this.version++;
    this.edited();
  }

  // Start over with other settings and first weights.
  load(settings, weights) {
    this.running = false;
    this.trainer = new Trainer(settings, weights);
    this.version++;
    this.changed();
  }

  setParameter(index, value) {
    this.trainer.setParameter(index, value);
    this.edited();
  }

  // Python hears of what is trained after a pause only.
  edited() {
    if (this.running) this.update();
    else this.changed();
  }

  // Continue the animation, if it should run and does not.
  wake() {
    if (this.scheduled || !this.running) return;
    this.scheduled = true;
    requestAnimationFrame(() => this.frame());
  }

  frame() {
    this.scheduled = false;
    const visible = [...this.views].filter((view) => view.isVisible);
    if (!this.running || !visible.length) return;
    this.trainForFrame();
    if (this.trainer.problem) {
      this.pause();
      return;
    }
    const now = performance.now();
    if (!isCalm() || now - this.lastPaint >= CALM) {
      this.lastPaint = now;
      for (const view of visible) view.paint();
    }
    this.wake();
  }

  trainForFrame() {
    const { trainer } = this;
    const { speed } = trainer.settings;
    const end = performance.now() + BUDGET;
    if (speed === "batch") {
      trainer.step();
    } else if (speed === "maximum") {
      do trainer.trainEpoch({ evaluate: false });
      while (performance.now() < end);
      trainer.evaluate();
    } else {
      const epochs = speed === "epoch" ? 1 : 10;
      for (let i = 0; i < epochs && !trainer.problem; i++) trainer.trainEpoch();
    }
  }
}
