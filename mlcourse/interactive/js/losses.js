// Losses of a batch, as in mlcourse/scratch/layers.py: the mean over n examples.
//
// value(z, a, y, n, units): the loss, from the logits z, the outputs a and the targets y.
// outputGradient gives dL/da; a loss that fits the output function gives dL/dz at once.

const TINY = 2.2250738585072014e-308; // lower bound of probabilities

function softplus(x) {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

const meanSquaredError = {
  value(z, a, y, n, units) {
    let sum = 0;
    for (let i = 0; i < n * units; i++) sum += (a[i] - y[i]) * (a[i] - y[i]);
    return sum / (n * units);
  },
  outputGradient(a, y, da, n, units) {
    for (let i = 0; i < n * units; i++) da[i] = 2 * (a[i] - y[i]) / (n * units);
  },
};

const binaryCrossentropy = {
  output: "sigmoid",
  value(z, a, y, n, units) {
    let sum = 0;
    for (let i = 0; i < n * units; i++) sum += softplus(z[i]) - y[i] * z[i];
    return sum / (n * units);
  },
  outputGradient(a, y, da, n, units) {
    for (let i = 0; i < n * units; i++) {
      const slope = (1 - y[i]) / Math.max(1 - a[i], TINY) - y[i] / Math.max(a[i], TINY);
      da[i] = slope / (n * units);
    }
  },
  logitGradient(a, y, dz, n, units) {
    for (let i = 0; i < n * units; i++) dz[i] = (a[i] - y[i]) / (n * units);
  },
};

const categoricalCrossentropy = {
  output: "softmax",
  value(z, a, y, n, units) {
    let sum = 0;
    for (let row = 0; row < n; row++) {
      const start = row * units;
      let highest = z[start];
      for (let j = 1; j < units; j++) highest = Math.max(highest, z[start + j]);
      let powers = 0;
      for (let j = 0; j < units; j++) powers += Math.exp(z[start + j] - highest);
      sum += Math.log(powers) + highest;
      for (let j = 0; j < units; j++) sum -= y[start + j] * z[start + j];
    }
    return sum / n;
  },
  outputGradient(a, y, da, n, units) {
    for (let i = 0; i < n * units; i++) da[i] = -y[i] / Math.max(a[i], TINY) / n;
  },
  logitGradient(a, y, dz, n, units) {
    for (let i = 0; i < n * units; i++) dz[i] = (a[i] - y[i]) / n;
  },
};

export const LOSSES = {
  binary_crossentropy: binaryCrossentropy,
  categorical_crossentropy: categoricalCrossentropy,
  mean_squared_error: meanSquaredError,
};
