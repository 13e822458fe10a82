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
const N = 6; // examples
const SIZE = N * WIDTH;
const LAYER = { inputs: WIDTH, units: WIDTH, weights: 0, bias: WIDTH * WIDTH };

export const FUNCTIONS = {
  ...ACTIVATIONS,
  softmax: {
    label: "softmax",
    forward: (z, a) => softmax(z, a, N, WIDTH),
    backward: (z, a, da, dz) => softmaxBackward(a, da, dz, N, WIDTH),
  },
};

// Return a function that returns a layer's weights of variance 1. They are drawn when they are first
// needed: a slider scales them.
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

const [normalWeights, uniformWeights] = [false, true].map(makeWeights);
const uniform = generator(SEED, STREAMS.signal);
const [INPUTS, GRADIENTS] = [0, 1].map(() => new Float64Array(SIZE).map(() => Math.fround(normal(uniform))));

// The standard deviation of numbers: exactly 0 if all are equal, NaN if one is not finite.
function deviationOf(numbers) {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < SIZE; i++) {
    const difference = numbers[i] - numbers[0];
    sum += difference;
    squares += difference * difference;
  }
  return Math.sqrt(squares / SIZE - (sum / SIZE) ** 2);
}

export function histogram(numbers) {
  const counts = new Array(BINS).fill(0);
  for (const value of numbers) {
    const bin = Math.floor((value / LIMIT + 1) / 2 * BINS);
    if (bin in counts) counts[bin]++;
  }
  return counts;
}

// Return the standard deviation of the weights, the outputs of the layers, and the standard
// deviations of outputs and gradients by layer, NaN from the first infinite layer on.
export function propagate({ activation, initializer, scale, depth }) {
  const rule = INITIALIZERS[initializer];
  const weights = rule.uniform ? uniformWeights : normalWeights;
  const deviation = scale * rule.deviation(WIDTH, WIDTH);
  const { forward, backward } = FUNCTIONS[activation];
  const outputs = [];
  const [outputSizes, gradientSizes] = [0, 1].map(() => new Array(depth).fill(NaN));
  const signal = { deviation, outputs, outputSizes, gradientSizes };
  const passes = [];
  for (let l = 0; l < depth; l++) {
    const z = new Float64Array(SIZE);
    const a = new Float64Array(SIZE);
    multiply(outputs[l - 1] ?? INPUTS, weights(l), LAYER, N, z);
    for (let i = 0; i < SIZE; i++) z[i] *= deviation;
    forward(z, a, SIZE);
    const rounded = a.map(Math.fround);
    outputSizes[l] = deviationOf(rounded);
    if (Number.isNaN(outputSizes[l])) return signal;
    outputs.push(rounded);
    passes.push({ z, a });
  }
  const dz = new Float64Array(SIZE);
  const da = GRADIENTS.slice();
  for (let l = depth - 1; ; l--) {
    gradientSizes[l] = deviationOf(da);
    if (!l || Number.isNaN(gradientSizes[l])) return signal;
    backward(passes[l].z, passes[l].a, da, dz, SIZE);
    multiplyTransposed(dz, weights(l), LAYER, N, da);
    for (let i = 0; i < SIZE; i++) da[i] = Math.fround(deviation * da[i]);
  }
}
