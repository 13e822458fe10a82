// The path of an optimizer on a surface in float32, as mlcourse.optimizers.descend, bit by bit.

import { Optimizer, SINGLE } from "../rules.js";

// The optimizers of the course, as in mlcourse/optimizers/presets.py.
export const COURSE = {
  sgd: { learning_rate: 0.01 },
  momentum: { learning_rate: 0.005, momentum: 0.9 },
  nesterov: { learning_rate: 0.005, momentum: 0.9 },
  adagrad: { learning_rate: 0.4 },
  adadelta: { learning_rate: 1 },
  rmsprop: { learning_rate: 0.1, momentum: 0 },
  adam: { learning_rate: 0.2, epsilon: 1e-8 },
  adamax: { learning_rate: 0.5 },
  nadam: { learning_rate: 0.2 },
  adamw: { learning_rate: 0.2 },
  lion: { learning_rate: 0.05 },
};

// Return the points after 0, 1, ... steps, x and y in turn, and the first step that is not finite,
// or null. From that step on all is NaN. noise: an array of two numbers a step, or null.
export function descend(surface, optimizer, start, steps, noise = null) {
  const { name, learning_rate: rate, ...settings } = optimizer;
  const { learning_rate: _, ...course } = COURSE[name];
  const rule = new Optimizer(name, rate, 2, { ...course, ...settings }, SINGLE);
  const point = Float32Array.from(start);
  const gradient = new Float32Array(2);
  const path = new Float32Array(2 * steps + 2).fill(NaN);
  path.set(point);
  for (let t = 1; t <= steps; t++) {
    surface.slope(point[0], point[1], gradient);
    if (noise) {
      gradient[0] += noise[2 * t - 2];
      gradient[1] += noise[2 * t - 1];
    }
    rule.apply(point, gradient);
    if (!Number.isFinite(point[0]) || !Number.isFinite(point[1])) return { path, divergedAt: t };
    path.set(point, 2 * t);
  }
  return { path, divergedAt: null };
}
