// One example through a network, forward and backward, as mlcourse.networks.

import { ACTIVATIONS } from "../activations.js";
import { LOSSES } from "../losses.js";

const STEP = 1e-5; // of a finite difference, for weights up to 1

// Return all numbers of a forward and backward pass: a starts with the inputs; da, dz and gradients
// are those of the loss. Gradients are laid out as network.params.
export function runExample(network, loss, x, y) {
  const space = network.workspace(1);
  network.forward(x, 1, space);
  network.backward(loss, x, y, 1, space);
  const last = network.layers.length - 1;
  LOSSES[loss].outputGradient(space.a[last], y, space.da[last], 1, network.layers[last].units);
  return {
    a: [Float64Array.from(x), ...space.a],
    z: space.z,
    da: space.da,
    dz: space.dz,
    loss: network.loss(loss, y, 1, space),
    gradients: network.gradients.slice(),
  };
}

// Return the index of a weight in the parameters. weight: [layer, input, unit], counted from 0;
// the bias is the input after the last one.
export function indexOf(network, [layer, input, unit]) {
  const { weights, units } = network.layers[layer];
  return weights + input * units + unit;
}

// Return the central difference of the loss by one parameter.
export function finiteDifference(network, loss, x, y, index) {
  const space = network.workspace(1);
  const { params } = network;
  const value = params[index];
  const h = STEP * Math.max(1, Math.abs(value));
  const lossAt = (other) => {
    params[index] = other;
    network.forward(x, 1, space);
    return network.loss(loss, y, 1, space);
  };
  const above = value + h;
  const below = value - h;
  const difference = (lossAt(above) - lossAt(below)) / (above - below);
  params[index] = value;
  return difference;
}

// Return f'(z) of each unit of a layer; null for softmax, whose outputs depend on all z.
export function slopes(network, run, layer) {
  const isLast = layer === network.layers.length - 1;
  if (isLast && network.output === "softmax") return null;
  const activation = isLast ? ACTIVATIONS[network.output] : network.hidden[layer];
  const { units } = network.layers[layer];
  const ones = new Float64Array(units).fill(1);
  activation.backward(run.z[layer], run.a[layer + 1], ones, ones, units);
  return ones;
}

// Return the factors whose product is the gradient of a weight, as networks.chain_rule: objects with
// a place ("into", "slope", "onward" or "loss") and values, of which a scalar has one.
export function factors(network, run, [layer, input, unit]) {
  const isBias = input === network.layers[layer].inputs;
  const into = { place: "into", values: [isBias ? 1 : run.a[layer][input]] };
  const delta = run.dz[layer][unit];
  const slope = slopes(network, run, layer)?.[unit];
  const product = slope * run.da[layer][unit];
  if (slope === undefined || !(Math.abs(product - delta) <= 1e-8 + 1e-6 * Math.abs(delta))) {
    return [into, { place: "loss", of: "z", values: [delta] }];
  }
  const middle = { place: "slope", values: [slope] };
  const next = network.layers[layer + 1];
  if (!next) return [into, middle, { place: "loss", of: "a", values: [run.da[layer][unit]] }];
  const start = next.weights + unit * next.units;
  return [
    into, middle,
    { place: "onward", values: [...network.params.subarray(start, start + next.units)] },
    { place: "loss", of: "next", values: [...run.dz[layer + 1]] },
  ];
}

// Return the product of factors; the last two are vectors, multiplied as a dot product.
export function productOf(list) {
  const vectors = list.filter(({ place }) => place === "onward" || place === "loss");
  const sum = vectors[0].values.reduce(
    (total, _, k) => total + vectors.reduce((term, { values }) => term * values[k], 1), 0);
  return list.filter((factor) => !vectors.includes(factor)).reduce((term, { values }) => term * values[0], sum);
}

// Return what happens, in order: objects with a kind and the place in the network.
export function timeline({ layers }) {
  const steps = [{ kind: "input" }];
  layers.forEach(({ units }, layer) => {
    for (let unit = 0; unit < units; unit++) steps.push({ kind: "unit", layer, unit });
  });
  steps.push({ kind: "loss" });
  for (let layer = layers.length - 1; layer >= 0; layer--) {
    const { inputs, units } = layers[layer];
    for (let unit = 0; unit < units; unit++) {
      steps.push({ kind: "delta", layer, unit });
      for (let input = 0; input < inputs; input++) steps.push({ kind: "edge", layer, input, unit });
      steps.push({ kind: "edge", layer, input: inputs, unit });
    }
  }
  steps.push({ kind: "update" });
  return steps;
}
