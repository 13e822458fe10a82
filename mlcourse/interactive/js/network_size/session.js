// The size of a dense network, and its number of parameters.

import { clamp, finite } from "../checks.js";
import { SettingsSession } from "../component_session.js";

export const MAX_LAYERS = 6; // hidden ones
export const MAX_UNITS = 12; // in a hidden layer
export const MAX_ENDS = 10000; // inputs, and outputs
const DEFAULTS = { inputs: 5, layers: 2, units: 6, outputs: 5 };
const LIMITS = { inputs: [1, MAX_ENDS], layers: [0, MAX_LAYERS], units: [1, MAX_UNITS], outputs: [1, MAX_ENDS] };

export function normalize(given) {
  const valid = ([name, limits]) => [name, clamp(Math.round(finite(given?.[name], DEFAULTS[name])), ...limits)];
  return Object.fromEntries(Object.entries(LIMITS).map(valid));
}

export class Session extends SettingsSession {
  constructor(settings) {
    super(settings, normalize);
  }

  // The number of inputs, and of units of each layer.
  get sizes() {
    const { inputs, layers, units, outputs } = this.settings;
    return [inputs, ...Array(layers).fill(units), outputs];
  }

  // The layers after the inputs. Each unit has a weight for each input of its layer, and a bias.
  get layers() {
    const { sizes } = this;
    return sizes.slice(1).map((units, i) => ({ inputs: sizes[i], units, weights: sizes[i] * units, biases: units }));
  }

  get totals() {
    const sum = (name) => this.layers.reduce((total, layer) => total + layer[name], 0);
    return { weights: sum("weights"), biases: sum("biases"), parameters: sum("weights") + sum("biases") };
  }
}
