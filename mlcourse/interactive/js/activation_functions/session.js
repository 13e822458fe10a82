// An activation function, its derivative, and a point on both.

import { ACTIVATIONS, softmax } from "../activations.js";
import { clamp, finite, nameIn } from "../checks.js";
import { SettingsSession } from "../component_session.js";

export const LIMIT = 5; // of the z axis
export const STEP = 0.1; // between values of z that a reader chooses
const N = 401; // points of a curve
const FINE = 2 * LIMIT / (N - 1);

// In the order of mlcourse/activations.py.
export const FORMULAS = {
  sigmoid: "1 / (1 + e⁻ᶻ)",
  tanh: "tanh z",
  relu: "max(0, z)",
  leaky_relu: "max(0.1 z, z)",
  softmax: "exp(zᵢ) / Σₖ exp(zₖ)",
  linear: "z",
  elu: "max(0, z) + min(0, eᶻ − 1)",
  selu: "1.0507 (max(0, z) + 1.6733 min(0, eᶻ − 1))",
  gelu: "z Φ(z)",
  swish: "z / (1 + e⁻ᶻ)",
  softplus: "ln(1 + eᶻ)",
};

// Return the activations and the derivatives at z. Softmax is computed over all of z; its derivative
// is the diagonal of the Jacobian.
export function evaluate(name, z) {
  const n = z.length;
  const a = new Float64Array(n);
  if (name === "softmax") {
    softmax(z, a, 1, n);
    return { a, slopes: a.map((value) => value * (1 - value)) };
  }
  const slopes = new Float64Array(n).fill(1);
  ACTIVATIONS[name].forward(z, a, n);
  ACTIVATIONS[name].backward(z, a, slopes, slopes, n);
  return { a, slopes };
}

// Return the curve of a function and that of its derivative: {z, a, slopes}. At a corner the
// derivative has one value on each side of 0.
export function curvesOf(name) {
  const z = Array.from({ length: N }, (_, i) => (i - (N - 1) / 2) * FINE);
  if (name !== "softmax") z.splice((N + 1) / 2, 0, Number.MIN_VALUE);
  return { z, ...evaluate(name, z) };
}

export function normalize(given) {
  const z = clamp(finite(given?.z, 1), -LIMIT, LIMIT);
  return {
    function: nameIn(FORMULAS, given?.function, "sigmoid"),
    derivative: given?.derivative !== false,
    z: Number((Math.round(z / STEP) * STEP).toFixed(1)),
  };
}

export class Session extends SettingsSession {
  constructor(settings) {
    super(settings, normalize);
  }

  // The values at the chosen z.
  get point() {
    const { curves, settings } = this;
    const i = curves.z.findIndex((z) => Math.abs(z - settings.z) < FINE / 2);
    return { z: settings.z, a: curves.a[i], slope: curves.slopes[i] };
  }

  get curves() {
    const name = this.settings.function;
    if (this.computed?.name !== name) this.computed = { name, ...curvesOf(name) };
    return this.computed;
  }
}
