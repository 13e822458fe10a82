// A dense network in float64, forward and backward, as mlcourse.scratch. All parameters are in one
// array, layer by layer: weights (inputs, units) in row-major order, then the bias.

import { ACTIVATIONS, softmax, softmaxBackward, tanhForMaps } from "./activations.js";
import { multiply, multiplyTransposed } from "./dense.js";
import { LOSSES } from "./losses.js";

export class Network {
  // sizes: inputs, then the units of each layer. activation: of all hidden layers, or a list of one
  // for each. output: "softmax" or any activation.
  constructor(sizes, activation, output) {
    const names = Array.isArray(activation) ? activation : sizes.slice(2).map(() => activation);
    this.sizes = sizes;
    this.activation = ACTIVATIONS[activation];
    this.hidden = names.map((name) => ACTIVATIONS[name]);
    this.output = output;
    this.layers = [];
    let size = 0;
    for (let l = 1; l < sizes.length; l++) {
      const inputs = sizes[l - 1];
      const units = sizes[l];
      this.layers.push({ inputs, units, weights: size, bias: size + inputs * units });
      size += (inputs + 1) * units;
    }
    this.params = new Float64Array(size);
    this.gradients = new Float64Array(size);
  }

  // Return the arrays for a forward and backward pass of up to n examples.
  workspace(n) {
    const arrays = () => this.layers.map(({ units }) => new Float64Array(n * units));
    return { n, z: arrays(), a: arrays(), da: arrays(), dz: arrays() };
  }

  // Compute all layers' z and a in a workspace; return the outputs. masks: dropout, by hidden
  // layer, arrays like its a. forMaps: use the fast tanh.
  forward(x, n, space, { masks = null, forMaps = false } = {}) {
    const { params, layers } = this;
    const last = layers.length - 1;
    let inputs = x;
    layers.forEach((layer, l) => {
      const z = space.z[l];
      const a = space.a[l];
      multiply(inputs, params, layer, n, z);
      if (l === last) this.outputs(z, a, n, layer.units);
      else if (forMaps && this.hidden[l] === ACTIVATIONS.tanh) tanhForMaps(z, a, n * layer.units);
      else this.hidden[l].forward(z, a, n * layer.units);
      inputs = a;
      if (masks && l < last) {
        space.masked ??= layers.map((other) => new Float64Array(space.n * other.units));
        inputs = space.masked[l];
        for (let i = 0; i < n * layer.units; i++) inputs[i] = a[i] * masks[l][i];
      }
    });
    return space.a[last];
  }

  outputs(z, a, n, units) {
    if (this.output === "softmax") softmax(z, a, n, units);
    else ACTIVATIONS[this.output].forward(z, a, n * units);
  }

  loss(name, y, n, space) {
    const last = this.layers.length - 1;
    return LOSSES[name].value(space.z[last], space.a[last], y, n, this.layers[last].units);
  }

  // Compute the gradients of the loss by all parameters, after `forward` with the same arguments.
  backward(name, x, y, n, space, masks = null) {
    const { params, gradients, layers } = this;
    const last = layers.length - 1;
    this.outputGradient(LOSSES[name], y, n, space);
    for (let l = last; l >= 0; l--) {
      const layer = layers[l];
      const before = masks ? space.masked?.[l - 1] : space.a[l - 1];
      accumulate(l ? before : x, space.dz[l], layer, n, gradients);
      if (!l) return;
      const da = space.da[l - 1];
      multiplyTransposed(space.dz[l], params, layer, n, da);
      const size = n * layer.inputs;
      if (masks) for (let i = 0; i < size; i++) da[i] *= masks[l - 1][i];
      this.hidden[l - 1].backward(space.z[l - 1], space.a[l - 1], da, space.dz[l - 1], size);
    }
  }

  outputGradient(loss, y, n, space) {
    const last = this.layers.length - 1;
    const { units } = this.layers[last];
    const z = space.z[last];
    const a = space.a[last];
    if (loss.logitGradient) {
      loss.logitGradient(a, y, space.dz[last], n, units);
      return;
    }
    loss.outputGradient(a, y, space.da[last], n, units);
    if (this.output === "softmax") softmaxBackward(a, space.da[last], space.dz[last], n, units);
    else ACTIVATIONS[this.output].backward(z, a, space.da[last], space.dz[last], n * units);
  }

  // Add the gradients of l1 * sum |w| + l2 * sum w^2 over the weights, not the biases.
  addPenalty(l1, l2) {
    if (!l1 && !l2) return;
    for (const { weights, bias } of this.layers) {
      for (let i = weights; i < bias; i++) {
        this.gradients[i] += l1 * Math.sign(this.params[i]) + 2 * l2 * this.params[i];
      }
    }
  }
}

// dW = x^T dz, db = sum of dz
function accumulate(x, dz, { inputs, units, weights, bias }, n, gradients) {
  gradients.fill(0, weights, bias + units);
  for (let row = 0; row < n; row++) {
    for (let i = 0; i < inputs; i++) {
      const value = x[row * inputs + i];
      const start = weights + i * units;
      for (let j = 0; j < units; j++) gradients[start + j] += value * dz[row * units + j];
    }
    for (let j = 0; j < units; j++) gradients[bias + j] += dz[row * units + j];
  }
}
