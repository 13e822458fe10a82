// First weights, as in mlcourse/initializers.py: the standard deviation from fan-in and fan-out.

import { STREAMS, generator, normal } from "./random.js";

const glorot = (fanIn, fanOut) => Math.sqrt(2 / (fanIn + fanOut));
const he = (fanIn) => Math.sqrt(2 / fanIn);

export const INITIALIZERS = {
  glorot_uniform: { label: "Glorot, uniform", deviation: glorot, uniform: true },
  glorot_normal: { label: "Glorot, normal", deviation: glorot },
  he_uniform: { label: "He, uniform", deviation: he, uniform: true },
  he_normal: { label: "He, normal", deviation: he },
  small: { label: "small: 0.01", deviation: () => 0.01 },
  large: { label: "large: 1", deviation: () => 1 },
  zeros: { label: "zeros", deviation: () => 0 },
};

// Fill an array with random weights.
export function fillWeights(weights, isUniform, deviation, uniform) {
  for (let i = 0; i < weights.length; i++) {
    weights[i] = isUniform
      ? Math.sqrt(3) * deviation * (2 * uniform() - 1)
      : deviation * normal(uniform);
  }
}

// Draw the first weights of a network; biases are 0.
export function initialize({ params, layers }, initializer, seed) {
  const uniform = generator(seed, STREAMS.weights);
  const rule = INITIALIZERS[initializer];
  params.fill(0);
  for (const { inputs, units, weights, bias } of layers) {
    fillWeights(params.subarray(weights, bias), rule.uniform, rule.deviation(inputs, units), uniform);
  }
}
