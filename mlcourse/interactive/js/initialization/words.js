// What happens to the signal and to the gradient, in words, as in
// mlcourse/interactive/components/initialization.py.

import { short } from "../numbers.js";

export const KEPT = [0.1, 10]; // standard deviations after all layers, from about 1 before the first

function verdict(size) {
  if (size < KEPT[0]) return "vanishes";
  return size > KEPT[1] ? "explodes" : "keeps its size";
}

// sizes: the standard deviation of the outputs by layer; not finite from an infinite layer on.
export function describeOutputs(sizes) {
  const infinite = sizes.findIndex((size) => !Number.isFinite(size)) + 1;
  if (infinite) return `The signal explodes: from layer ${infinite} on, outputs are too large for float32.`;
  const equal = sizes.indexOf(0) + 1;
  if (equal) return `The signal vanishes: from layer ${equal} on, all outputs are equal.`;
  return `The signal ${verdict(sizes.at(-1))}: the standard deviation of the outputs is `
    + `${short(sizes[0])} in layer 1 and ${short(sizes.at(-1))} in layer ${sizes.length}.`;
}

// sizes: the standard deviation of the gradients by layer; not finite from an infinite layer down.
export function describeGradients(sizes) {
  if (!sizes.some(Number.isFinite)) return "The gradient cannot be computed.";
  const infinite = sizes.findLastIndex((size) => !Number.isFinite(size)) + 1;
  if (infinite) return `The gradient explodes: from layer ${infinite} down, it is too large for float32.`;
  const zero = sizes.lastIndexOf(0) + 1;
  if (zero) return `The gradient vanishes: from layer ${zero} down, it is 0.`;
  return `The gradient ${verdict(sizes[0])}: its standard deviation is ${short(sizes.at(-1))} in layer `
    + `${sizes.length} and ${short(sizes[0])} in layer 1.`;
}
