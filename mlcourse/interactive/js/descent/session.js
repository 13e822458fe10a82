// A race of optimizers on a surface, which several views may show.

import { clamp, finite, nameIn } from "../checks.js";
import { SettingsSession, isCalm } from "../component_session.js";
import { RULES } from "../rules.js";
import { COURSE, descend } from "./path.js";
import { SURFACES } from "./surfaces.js";

export const MAX_STEPS = 200;
export const MAX_OPTIMIZERS = 6;
const DEFAULTS = { surface: "beale", steps: 100, optimizers: [{ name: "momentum" }, { name: "adam" }] };
const CALM = 250; // milliseconds between frames for readers who prefer reduced motion
const CALM_STEPS = 10; // in each of these frames

export function hasMomentum(name) {
  return "momentum" in RULES[name].defaults;
}

function normalizeOptimizer(given) {
  const name = nameIn(COURSE, given?.name, DEFAULTS.optimizers[0].name);
  const course = COURSE[name];
  const rate = finite(given?.learning_rate, course.learning_rate);
  const optimizer = { name, learning_rate: rate > 0 ? rate : course.learning_rate };
  if (hasMomentum(name)) optimizer.momentum = clamp(finite(given?.momentum, course.momentum), 0, 1);
  return optimizer;
}

// Return valid settings: unknown names become the defaults, and numbers are clamped.
export function normalize(given) {
  const surface = nameIn(SURFACES, given?.surface, DEFAULTS.surface);
  const { start } = SURFACES[surface];
  const isList = Array.isArray(given?.optimizers) && given.optimizers.length;
  const optimizers = isList ? given.optimizers.slice(0, MAX_OPTIMIZERS) : DEFAULTS.optimizers;
  return {
    surface,
    start: [0, 1].map((i) => finite(given?.start?.[i], start[i])),
    steps: Math.round(clamp(finite(given?.steps, DEFAULTS.steps), 1, MAX_STEPS)),
    optimizers: optimizers.map(normalizeOptimizer),
  };
}

export class Session extends SettingsSession {
  // noise: standard normal numbers, two a step, for the noisy surface.
  constructor(settings, noise = null) {
    super(settings, normalize);
    this.noise = noise;
    this.cache = new Map(); // from the arguments of a path to the path
  }

  get surface() {
    return SURFACES[this.settings.surface];
  }

  // The path of each optimizer, for as many steps as the slider has.
  get descents() {
    const { start, surface, steps, optimizers } = this.settings;
    const before = this.cache;
    this.cache = new Map();
    return optimizers.map((optimizer) => {
      const key = JSON.stringify([surface, start, steps, optimizer]);
      const noise = this.surface.isNoisy ? this.noise : null;
      const descent = before.get(key) ?? descend(this.surface, optimizer, start, steps, noise);
      this.cache.set(key, descent);
      return descent;
    });
  }

  change(changes) {
    const moves = "surface" in changes && changes.surface !== this.settings.surface;
    const start = moves ? SURFACES[changes.surface].start : this.settings.start;
    super.change({ start, ...changes });
  }

  // Change an optimizer; another rule comes with the settings of the course.
  changeOptimizer(index, changes) {
    const optimizers = this.settings.optimizers.map((optimizer, i) => {
      if (i !== index) return optimizer;
      return "name" in changes ? changes : { ...optimizer, ...changes };
    });
    this.change({ optimizers });
  }

  add() {
    const used = this.settings.optimizers.map(({ name }) => name);
    const name = Object.keys(COURSE).find((other) => !used.includes(other));
    this.change({ optimizers: [...this.settings.optimizers, { name }] });
  }

  remove(index) {
    this.change({ optimizers: this.settings.optimizers.filter((_, i) => i !== index) });
  }

  load(settings) {
    this.running = false;
    this.shown = this.normalize(settings).steps;
    super.load(settings);
  }

  // Show step after step, from the start; again: stop, and show all steps.
  race() {
    this.running = !this.running;
    this.shown = this.running ? 0 : this.settings.steps;
    this.update();
    if (this.running) this.wait(performance.now());
  }

  wait(before) {
    requestAnimationFrame((now) => {
      if (!this.running) return;
      const calm = isCalm();
      if (calm && now - before < CALM) {
        this.wait(before);
        return;
      }
      this.shown = Math.min(this.shown + (calm ? CALM_STEPS : 1), this.settings.steps);
      this.running = this.shown < this.settings.steps;
      this.update();
      if (this.running) this.wait(now);
    });
  }
}
