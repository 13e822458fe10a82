// What happens to the signal and to the gradient, in words, as in
// mlcourse/interactive/components/initialization.py.

export const KEPT = [0.1, 10]; // standard deviations after all layers, from about 1 before the first

function verdict(size) {
  if (size < KEPT[0]) return "vanishes";
  return size > KEPT[1] ? "explodes" : "keeps its size";
}

function format(size) {
  const text = size < 1e-3 || size >= 1e3 ? size.toExponential(1) : String(Number(size.toPrecision(2)));
  return text.replace("-", "−");
}

// sizes: the standard deviation of the signal, or backward that of the gradient, by layer; NaN from
// the first infinite layer on.
export function describe(noun, sizes, isBackward) {
  const ordered = isBackward ? [...sizes].reverse() : sizes;
  const layerOf = (i) => `layer ${isBackward ? sizes.length - i : i + 1}`;
  const from = (i) => `from ${layerOf(i)} ${isBackward ? "down" : "on"}, its standard deviation is`;
  const infinite = ordered.findIndex(Number.isNaN);
  if (!infinite) return `The ${noun} cannot be computed.`;
  if (infinite > 0) return `The ${noun} explodes: ${from(infinite)} too large for float32.`;
  const zero = ordered.indexOf(0);
  if (zero >= 0) return `The ${noun} vanishes: ${from(zero)} 0.`;
  const last = sizes.length - 1;
  return `The ${noun} ${verdict(ordered[last])}: its standard deviation is ${format(ordered[0])} in ${layerOf(0)} `
    + `and ${format(ordered[last])} in ${layerOf(last)}.`;
}
