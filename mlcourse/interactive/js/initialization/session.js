// A deep network's initial weights, and what they make of a signal.

import { clamp, finite, nameIn } from "../checks.js";
import { SettingsSession } from "../component_session.js";
import { INITIALIZERS } from "../initializers.js";
import { FUNCTIONS, propagate } from "./signal.js";

export const MAX_DEPTH = 30;

export function normalize(given) {
  return {
    activation: nameIn(FUNCTIONS, given?.activation, "tanh"),
    initializer: nameIn(INITIALIZERS, given?.initializer, "glorot_normal"),
    scale: clamp(finite(given?.scale, 1), 0.1, 10),
    depth: Math.round(clamp(finite(given?.depth, 10), 2, MAX_DEPTH)),
  };
}

export class Session extends SettingsSession {
  constructor(settings) {
    super(settings, normalize);
  }

  // Computed once for all views.
  get signal() {
    const { settings } = this;
    if (this.computed?.settings !== settings) this.computed = { settings, ...propagate(settings) };
    return this.computed;
  }
}
