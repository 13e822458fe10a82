// A learning-rate schedule, its parameters, and a step.

import { clamp, finite, nameIn } from "../checks.js";
import { SettingsSession } from "../component_session.js";
import { CYCLES, PARAMETERS, SCHEDULES, STEPS } from "./schedules.js";

function normalizeNumber([, low, high, step, initial], given) {
  const value = clamp(finite(given, initial), low, high);
  return Number.isInteger(step) ? Math.round(value) : value;
}

export function normalize(given) {
  const numbers = Object.entries(PARAMETERS).map(([name, parameter]) =>
    [name, normalizeNumber(parameter, given?.[name])]);
  return {
    schedule: nameIn(SCHEDULES, given?.schedule, "exponential_decay"),
    mode: CYCLES.includes(given?.mode) ? given.mode : CYCLES[0],
    ...Object.fromEntries(numbers),
  };
}

export class Session extends SettingsSession {
  constructor(settings) {
    super(settings, normalize);
  }

  get schedule() {
    return SCHEDULES[this.settings.schedule];
  }

  // The names of the parameters that change the curve.
  get parameters() {
    const { parameters } = this.schedule;
    return this.settings.mode === "exp_range" ? parameters : parameters.filter((name) => name !== "gamma");
  }

  // The learning rate at each step.
  get rates() {
    return Array.from({ length: STEPS }, (_, step) => this.schedule.rate(this.settings)(step));
  }

  // The call in Python that makes this schedule.
  get code() {
    const quoted = (value) => (typeof value === "string" ? `"${value}"` : value);
    const values = this.parameters.map((name) => `${name}=${quoted(this.settings[name])}`);
    return `schedules.${this.settings.schedule}(${values.join(", ")})`;
  }
}
