// The formulas and sentences of a convolution, with the numbers put in.

import { ACTIVATIONS } from "../activations.js";
import { factor, format } from "../numbers.js";
import { countParameters } from "./layers.js";

const MAX_TERMS = 4; // of a sum that is written out


function sizeFormula(name, { n, padded, stride, outputs, dilation }, size) {
  const numbers = `⌊(${n} + ${padded} − ${dilation} · (${size} − 1) − 1) / ${stride}⌋ + 1`;
  return `${name}: ${numbers} = ${outputs}`;
}

// Return the formulas of the output's size and of the number of parameters, and the padding.
export function formulas(layer, axes) {
  const { size, kind, channels, filters } = layer;
  const [rows, columns] = axes;
  const [height, width] = axes.map((axis, i) => sizeFormula(["height", "width"][i], axis, size[i]));
  const isSquare = height.slice(6) === width.slice(5);
  const lines = [
    "output = ⌊(n + p − d · (k − 1) − 1) / s⌋ + 1, with input n, padding p, dilation d, size k, stride s",
    ...(isSquare ? [height.replace("height", "height and width")] : [height, width]),
  ];
  if (rows.padded || columns.padded) {
    const pads = axes.map(({ before, padded }, i) => `${before} + ${padded - before} ${["rows", "columns"][i]}`);
    lines.push(`padding: ${pads.join(", ")}${kind === "convolution" ? " of zeros" : ", which are ignored"}`);
  }
  const perFilter = `${size[0]} · ${size[1]} · ${channels}`;
  const product = layer.has_bias ? `(${perFilter} + 1) · ${filters}` : `${perFilter} · ${filters}`;
  if (kind !== "convolution") lines.push("parameters: 0, pooling has no weights");
  else lines.push(`parameters: ${product} = ${countParameters(layer)}`);
  return lines;
}

function functionLabel(name) {
  return name === "scaling" ? "normalization" : ACTIVATIONS[name].label;
}

// Say what happens at a position. sums: the sum of products of each channel; window: pixels, null for
// padding; stages: the values of the filter after the sum and after each function.
export function sentences({ layer, settings, step, steps, sums, window, stages }) {
  const { position: [row, column], channel, filter } = settings;
  const title = `Window ${step + 1} of ${steps}: row ${row + 1}, column ${column + 1} of the map`;
  const after = layer.after.map((name, i) => `${functionLabel(name)}: ${format(stages[i + 1])}`);
  const pixels = window.filter((value) => value !== null);
  if (layer.kind !== "convolution") {
    const name = layer.kind === "max" ? "largest" : "mean";
    const padding = pixels.length < window.length ? " that are not padding" : "";
    return [title, [`${name} of ${pixels.length} pixels${padding}: ${format(stages[0])}`, ...after].join("; ")];
  }
  const total = sums.reduce((sum, value) => sum + value, 0);
  const parts = [`sum of products: ${format(total)}`];
  if (sums.length > MAX_TERMS) {
    const one = `in channel ${channel + 1}: ${format(sums[channel])}`;
    parts[0] = `sum of products ${one}; in all ${sums.length} channels: ${format(total)}`;
  } else if (sums.length > 1) {
    parts[0] = `sum of products, channel by channel: ${sums.map(factor).join(" + ")} = ${format(total)}`;
  }
  if (layer.has_bias) parts.push(`plus bias ${factor(layer.bias[filter])}: ${format(stages[0])}`);
  return [title, [...parts, ...after].join("; ")];
}
