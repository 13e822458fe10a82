// Numbers, symbols and sentences of a forward and backward pass.

import { ACTIVATIONS } from "../activations.js";
import { factor, format } from "../numbers.js";
import { indexOf, slopes } from "./chain.js";

const MAX_TERMS = 4; // of a sum that is written out
const LOSS_FORMULAS = {
  mean_squared_error: "the mean of (a − y)²",
  binary_crossentropy: "the mean of −y ln a − (1 − y) ln(1 − a)",
  categorical_crossentropy: "the sum of −y ln a",
};

const digits = (text, set) => String(text).replace(/\d/g, (digit) => set[digit]);
const sub = (number) => digits(number, "₀₁₂₃₄₅₆₇₈₉");
const sup = (layer) => `⁽${digits(layer + 1, "⁰¹²³⁴⁵⁶⁷⁸⁹")}⁾`;

export function unitSymbol(letter, layer, unit) {
  return `${letter}${sup(layer)}${typeof unit === "number" ? sub(unit + 1) : unit}`;
}

// w with the layer, the input and the unit; b for a bias.
export function weightSymbol(network, [layer, input, unit]) {
  if (input === network.layers[layer].inputs) return unitSymbol("b", layer, unit);
  const comma = Math.max(input, unit) > 8 ? "‚" : "";
  return `w${sup(layer)}${sub(input + 1)}${comma}${sub(unit + 1)}`;
}

export function functionName(network, layer) {
  const name = layer === network.layers.length - 1 ? network.output : null;
  if (name === "softmax") return "softmax";
  return (name ? ACTIVATIONS[name] : network.hidden[layer]).label;
}

// Return the symbols of factors, in the order of `factors`.
export function factorSymbols(network, list, weight) {
  const [layer, , unit] = weight;
  const z = unitSymbol("z", layer, unit);
  const isLast = layer === network.layers.length - 1;
  const a = isLast ? `ŷ${sub(unit + 1)}` : unitSymbol("a", layer, unit);
  const next = unitSymbol("z", layer + 1, "ₖ");
  const parameter = weightSymbol(network, weight);
  return list.map(({ place, of }) => {
    if (place === "into") return `∂${z} / ∂${parameter}`;
    if (place === "slope") return `∂${a} / ∂${z}`;
    if (place === "onward") return `∂${next} / ∂${a}`;
    return `∂L / ∂${{ z, a, next }[of]}`;
  });
}

export function product(list) {
  const scalars = list.filter(({ place }) => place === "into" || place === "slope");
  const [first, second] = list.slice(scalars.length);
  const last = second ? dot(first.values, second.values) : factor(first.values[0]);
  const isSum = second && first.values.length > 1;
  return [...scalars.map(({ values }) => factor(values[0])), isSum ? `(${last})` : last].join(" · ");
}

function dot(left, right) {
  const terms = Array.from(left, (value, k) => `${factor(value)} · ${factor(right[k])}`);
  return terms.length > MAX_TERMS ? `${terms.slice(0, MAX_TERMS).join(" + ")} + …` : terms.join(" + ");
}

// Say what happens in a step: a title, and lines.
export function sentences(session, step) {
  return WORDS[step.kind](session, step);
}

const WORDS = {
  input({ settings, run }) {
    const note = settings.note ? `, after ${settings.note}` : "";
    const list = (values) => Array.from(values, format).join(", ");
    return ["Input", `x = ${list(run.a[0])}${note}; y = ${list(settings.y)}`];
  },

  unit({ network, run, settings }, { layer, unit }) {
    const { inputs, units, weights, bias } = network.layers[layer];
    const column = Array.from({ length: inputs }, (_, i) => network.params[weights + i * units + unit]);
    const z = unitSymbol("z", layer, unit);
    const a = unitSymbol("a", layer, unit);
    const shift = settings.biases[layer] ? ` + ${factor(network.params[bias + unit])}` : "";
    const name = functionName(network, layer);
    return [
      `Forward: unit ${unit + 1} of layer ${layer + 1}`,
      `${z} = ${dot(run.a[layer], column)}${shift} = ${format(run.z[layer][unit])}`,
      name === "linear" ? `${a} = ${z}` : `${a} = ${name}(${z}) = ${format(run.a[layer + 1][unit])}`,
    ];
  },

  loss({ settings, run }) {
    return ["Loss", `L = ${LOSS_FORMULAS[settings.loss]} = ${format(run.loss)}`];
  },

  delta({ network, run, settings }, { layer, unit }) {
    const title = `Backward: unit ${unit + 1} of layer ${layer + 1}`;
    const z = unitSymbol("z", layer, unit);
    const a = unitSymbol("a", layer, unit);
    const delta = format(run.dz[layer][unit]);
    const next = network.layers[layer + 1];
    if (!next && settings.loss !== "mean_squared_error") {
      const difference = `${format(run.a[layer + 1][unit])} − ${factor(settings.y[unit])}`;
      const divisor = settings.loss === "binary_crossentropy" ? network.layers[layer].units : 1;
      const mean = divisor > 1 ? ` / ${divisor}` : "";
      return [title, `∂L/∂${z} = (${a} − y${sub(unit + 1)})${mean} = (${difference})${mean} = ${delta}`];
    }
    const slope = slopes(network, run, layer)?.[unit];
    const da = run.da[layer][unit];
    const lines = [title];
    if (next) {
      const start = next.weights + unit * next.units;
      const row = network.params.subarray(start, start + next.units);
      lines.push(`∂L/∂${a} = ${dot(row, run.dz[layer + 1])} = ${format(da)}`);
    } else lines.push(`∂L/∂${a} = 2 (a − y) / ${network.layers[layer].units} = ${format(da)}`);
    if (slope === undefined) lines.push(`∂L/∂${z}, summed over all outputs of softmax, = ${delta}`);
    else lines.push(`∂L/∂${z} = ∂L/∂${a} · f′(${z}) = ${factor(da)} · ${factor(slope)} = ${delta}`);
    return lines;
  },

  edge({ network, run }, { layer, input, unit }) {
    const symbol = weightSymbol(network, [layer, input, unit]);
    const gradient = format(run.gradients[indexOf(network, [layer, input, unit])]);
    const z = unitSymbol("z", layer, unit);
    const place = `unit ${unit + 1} of layer ${layer + 1}`;
    if (input === network.layers[layer].inputs) {
      return [`Backward: bias of ${place}`, `∂L/∂${symbol} = ∂L/∂${z} = ${gradient}`];
    }
    const a = layer ? unitSymbol("a", layer - 1, input) : `x${sub(input + 1)}`;
    const numbers = `${factor(run.a[layer][input])} · ${factor(run.dz[layer][unit])}`;
    return [
      `Backward: edge from ${layer ? "unit" : "input"} ${input + 1} to ${place}`,
      `∂L/∂${symbol} = ${a} · ∂L/∂${z} = ${numbers} = ${gradient}`,
    ];
  },

  update({ settings, run, updated }) {
    return [
      "Update",
      `w ← w − ${settings.learning_rate} · ∂L/∂w, and so each bias`,
      `The loss goes from ${format(run.loss)} to ${format(updated.loss)}.`,
    ];
  },
};
