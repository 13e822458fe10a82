// A signal through a deep network, and its gradient back, as in
// mlcourse/interactive/components/initialization.py. Outputs and gradients are rounded to float32,
// as in Keras: numbers above 3.4e38 are infinite, and other last digits change nothing.

import { ACTIVATIONS, softmax, softmaxBackward } from "../activations.js";
import { multiply, multiplyTransposed } from "../dense.js";
import { INITIALIZERS, fillWeights } from "../initializers.js";
import { STREAMS, generator, normal } from "../random.js";

export const BINS = 61;
export const LIMIT = 3; // of a histogram, on both sides
const SEED = 0;
const WIDTH = 100; // units in each layer
const N = 8; // examples
const LAYER = { inputs: WIDTH, units: WIDTH, weights: 0, bias: WIDTH * WIDTH };

export const FUNCTIONS = {
  ...ACTIVATIONS,
  softmax: {
    label: "softmax",
    forward: (z, a) => softmax(z, a, N, WIDTH),
    backward: (z, a, da, dz) => softmaxBackward(a, da, dz, N, WIDTH),
  },
};

// Weights of variance 1 by layer, drawn when they are first needed: a slider scales them.
function makeWeights(isUniform) {
  const uniform = generator(SEED, STREAMS.weights);
  const layers = [];
  return (l) => {
    while (layers.length <= l) {
      const params = new Float64Array((WIDTH + 1) * WIDTH); // and biases, 0
      fillWeights(params.subarray(0, LAYER.bias), isUniform, 1, uniform);
      layers.push(params.map(Math.fround));
    }
    return layers[l];
  };
}

const WEIGHTS = { normal: makeWeights(false), uniform: makeWeights(true) };
const uniform = generator(SEED, STREAMS.signal);
const [INPUTS, LAST_GRADIENTS] = [0, 1].map(() => empty().map(() => Math.fround(normal(uniform))));

function empty() {
  return new Float64Array(N * WIDTH);
}

function scaled(numbers, factor) {
  return numbers.map((value) => Math.fround(factor * value));
}

// The standard deviation of numbers, exactly 0 if all are equal.
function deviationOf(numbers) {
  const differences = numbers.map((value) => value - numbers[0]);
  const mean = differences.reduce((sum, value) => sum + value) / numbers.length;
  return Math.sqrt(differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length);
}

export function histogram(numbers) {
  const counts = new Array(BINS).fill(0);
  for (const value of numbers) {
    const bin = Math.floor((value + LIMIT) / (2 * LIMIT) * BINS);
    if (bin >= 0 && bin < BINS) counts[bin]++;
  }
  return counts;
}

// Return the standard deviation of the weights, the outputs of the layers, and the standard
// deviations of outputs and gradients by layer, NaN from the first infinite layer on.
export function propagate({ activation, initializer, scale, depth }) {
  const rule = INITIALIZERS[initializer];
  const weights = WEIGHTS[rule.uniform ? "uniform" : "normal"];
  const deviation = scale * rule.deviation(WIDTH, WIDTH);
  const { forward, backward } = FUNCTIONS[activation];
  const outputs = [];
  const [outputSizes, gradientSizes] = [0, 1].map(() => new Array(depth).fill(NaN));
  const signal = { deviation, outputs, outputSizes, gradientSizes };
  const [z, a] = [0, 1].map(() => Array.from({ length: depth }, empty));
  for (let l = 0; l < depth; l++) {
    multiply(outputs[l - 1] ?? INPUTS, weights(l), LAYER, N, z[l]);
    for (let i = 0; i < z[l].length; i++) z[l][i] *= deviation;
    forward(z[l], a[l], z[l].length);
    const rounded = a[l].map(Math.fround);
    outputSizes[l] = deviationOf(rounded);
    if (!Number.isFinite(outputSizes[l])) return signal;
    outputs.push(rounded);
  }
  let gradients = LAST_GRADIENTS;
  for (let l = depth - 1; l >= 0; l--) {
    gradientSizes[l] = deviationOf(gradients);
    if (!Number.isFinite(gradientSizes[l])) gradientSizes[l] = NaN;
    if (!l || Number.isNaN(gradientSizes[l])) break;
    const [dz, da] = [empty(), empty()];
    backward(z[l], a[l], gradients, dz, dz.length);
    multiplyTransposed(dz, weights(l), LAYER, N, da);
    gradients = scaled(da, deviation);
  }
  return signal;
}
