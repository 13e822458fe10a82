// Products of a dense layer, for n examples. Weights (inputs, units) are in row-major order.

// z = x W + b
export function multiply(x, params, { inputs, units, weights, bias }, n, z) {
  for (let row = 0; row < n; row++) {
    const out = row * units;
    for (let j = 0; j < units; j++) z[out + j] = params[bias + j];
    for (let i = 0; i < inputs; i++) {
      const value = x[row * inputs + i];
      const start = weights + i * units;
      for (let j = 0; j < units; j++) z[out + j] += value * params[start + j];
    }
  }
}

// da = dz W^T
export function multiplyTransposed(dz, params, { inputs, units, weights }, n, da) {
  for (let row = 0; row < n; row++) {
    for (let i = 0; i < inputs; i++) {
      const start = weights + i * units;
      let sum = 0;
      for (let j = 0; j < units; j++) sum += dz[row * units + j] * params[start + j];
      da[row * inputs + i] = sum;
    }
  }
}
