// Activation functions, as in mlcourse/activations.py. One loop per function: a call per number
// through a table makes training two to three times slower.
//
// forward(z, a, n): write the activations of n numbers z into a.
// backward(z, a, da, dz, n): write dL/dz from dL/da. Arrays may be the same.

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;
const LEAKY_SLOPE = 0.1;

// Within 1e-4 of Math.tanh, and three times as fast: for colors only, never for training.
export function tanhForMaps(z, a, n) {
  for (let i = 0; i < n; i++) {
    const x = z[i] > 4.9 ? 4.9 : z[i] < -4.9 ? -4.9 : z[i];
    const s = x * x;
    a[i] = x * (135135 + s * (17325 + s * (378 + s))) / (135135 + s * (62370 + s * (3150 + 28 * s)));
  }
}

function logistic(x) {
  return 1 / (1 + Math.exp(-x));
}

// The standard normal distribution function: a series near 0, a continued fraction beyond.
export function normalCdf(x) {
  const size = Math.abs(x);
  const density = Math.exp(-size * size / 2) / Math.sqrt(2 * Math.PI);
  if (size > 38) return x > 0 ? 1 : 0;
  if (size > 5) {
    let fraction = size;
    for (let k = 40; k > 0; k--) fraction = size + k / fraction;
    return x > 0 ? 1 - density / fraction : density / fraction;
  }
  let term = size;
  let sum = size;
  for (let k = 3; term > 1e-17 * sum; k += 2) {
    term *= size * size / k;
    sum += term;
  }
  return 0.5 + Math.sign(x) * density * sum;
}

function elementwise(label, range, value, slope) {
  return {
    label,
    range,
    forward(z, a, n) {
      for (let i = 0; i < n; i++) a[i] = value(z[i]);
    },
    backward(z, a, da, dz, n) {
      for (let i = 0; i < n; i++) dz[i] = da[i] * slope(z[i]);
    },
  };
}

const sigmoid = {
  label: "sigmoid",
  range: [0, 1],
  forward(z, a, n) {
    for (let i = 0; i < n; i++) a[i] = 1 / (1 + Math.exp(-z[i]));
  },
  backward(z, a, da, dz, n) {
    for (let i = 0; i < n; i++) dz[i] = da[i] * a[i] * (1 - a[i]);
  },
};

const tanh = {
  label: "tanh",
  range: [-1, 1],
  forward(z, a, n) {
    for (let i = 0; i < n; i++) a[i] = Math.tanh(z[i]);
  },
  backward(z, a, da, dz, n) {
    for (let i = 0; i < n; i++) dz[i] = da[i] * (1 - a[i] * a[i]);
  },
};

const relu = {
  label: "ReLU",
  range: null,
  forward(z, a, n) {
    for (let i = 0; i < n; i++) a[i] = z[i] > 0 ? z[i] : 0;
  },
  backward(z, a, da, dz, n) {
    for (let i = 0; i < n; i++) dz[i] = z[i] > 0 ? da[i] : 0;
  },
};

const linear = elementwise("linear", null, (x) => x, () => 1);
const leakyRelu = elementwise(
  "leaky ReLU", null, (x) => (x > 0 ? x : LEAKY_SLOPE * x), (x) => (x > 0 ? 1 : LEAKY_SLOPE));
const elu = elementwise(
  "ELU", null, (x) => (x > 0 ? x : Math.expm1(x)), (x) => Math.exp(Math.min(x, 0)));
const selu = elementwise(
  "SELU", null, (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
  (x) => SELU_SCALE * (x > 0 ? 1 : SELU_ALPHA * Math.exp(x)));
const gelu = elementwise(
  "GELU", null, (x) => x * normalCdf(x),
  (x) => normalCdf(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI));
const swish = elementwise(
  "swish", null, (x) => x * logistic(x),
  (x) => logistic(x) + x * logistic(x) * logistic(-x));
const softplus = elementwise(
  "softplus", null, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), logistic);

export const ACTIVATIONS = {
  tanh, relu, sigmoid, leaky_relu: leakyRelu, elu, selu, gelu, swish, softplus, linear,
};

// Softmax works on rows of `units` numbers, so it is an output function only.
export function softmax(z, a, n, units) {
  for (let row = 0; row < n; row++) {
    const start = row * units;
    let highest = z[start];
    for (let j = 1; j < units; j++) highest = Math.max(highest, z[start + j]);
    let sum = 0;
    for (let j = 0; j < units; j++) {
      a[start + j] = Math.exp(z[start + j] - highest);
      sum += a[start + j];
    }
    for (let j = 0; j < units; j++) a[start + j] /= sum;
  }
}

export function softmaxBackward(a, da, dz, n, units) {
  for (let row = 0; row < n; row++) {
    const start = row * units;
    let dot = 0;
    for (let j = 0; j < units; j++) dot += da[start + j] * a[start + j];
    for (let j = 0; j < units; j++) dz[start + j] = a[start + j] * (da[start + j] - dot);
  }
}
