// One example in one network, step by step, which several views may show.

import { ACTIVATIONS } from "../activations.js";
import { clamp } from "../checks.js";
import { ComponentSession } from "../component_session.js";
import { LOSSES } from "../losses.js";
import { Network } from "../network.js";
import { factors, finiteDifference, indexOf, runExample, timeline } from "./chain.js";

const MAX_NUMBER = 1e6; // of inputs, targets and weights that are typed in
const PACE = 700; // milliseconds between two steps
// A small network for an element without settings.
const DEFAULTS = {
  sizes: [2, 2, 1], activations: ["tanh", "sigmoid"], biases: [true, true], loss: "binary_crossentropy",
  x: [1, -1], y: [1], weight: [1, 1, 1], learning_rate: 0.1, step: 0, note: "",
};
const DEFAULT_PARAMS = [0.5, -0.3, 0.8, 0.2, 0, 0, 1, -0.6, 0.1];

function isVector(values, length) {
  return Array.isArray(values) && values.length === length && values.every(Number.isFinite);
}

function isValid({ sizes, activations, biases, loss, x, y } = {}, params) {
  if (!Array.isArray(sizes) || sizes.length < 2 || !Array.isArray(activations) || !Array.isArray(biases)) return false;
  const n = sizes.slice(1).reduce((sum, units, l) => sum + (sizes[l] + 1) * units, 0);
  return activations.length === sizes.length - 1
    && activations.every((name, l) => name in ACTIVATIONS || (name === "softmax" && l === activations.length - 1))
    && loss in LOSSES && isVector(x, sizes[0]) && isVector(y, sizes.at(-1)) && isVector([...params], n);
}

export class Session extends ComponentSession {
  constructor(settings, params) {
    super();
    this.pointed = null; // the weight under the pointer
    this.load(settings, params);
  }

  get saved() {
    return { ...super.saved, parameters: this.network.params };
  }

  load(settings, params) {
    const given = isValid(settings ?? undefined, params ?? []);
    this.settings = { ...DEFAULTS, ...(given ? settings : {}) };
    const { sizes, activations } = this.settings;
    this.network = new Network(sizes, activations.slice(0, -1), activations.at(-1));
    this.network.params.set(given ? params : DEFAULT_PARAMS);
    this.first = this.network.params.slice();
    this.steps = timeline(this.network).filter((step) => !this.isAbsent(step));
    this.running = false;
    this.compute();
  }

  // Whether a step is that of a bias of a layer without any.
  isAbsent({ kind, layer, input }) {
    return kind === "edge" && input === this.network.layers[layer].inputs && !this.settings.biases[layer];
  }

  get step() {
    return this.steps[Math.min(this.settings.step, this.steps.length - 1)];
  }

  // The weight whose factors are shown, [layer, input, unit], counted from 0.
  get weight() {
    return this.pointed ?? this.settings.weight.map((number) => number - 1);
  }

  compute() {
    const { loss, x, y } = this.settings;
    this.run = runExample(this.network, loss, x, y);
    this.problem = [this.run.loss, ...this.run.gradients].every(Number.isFinite) ? ""
      : "The loss or a gradient is not finite. Reset the weights, and use a lower learning rate.";
    this.update();
  }

  get factors() {
    return factors(this.network, this.run, this.weight);
  }

  differenceOf(weight) {
    const { loss, x, y } = this.settings;
    return finiteDifference(this.network, loss, x, y, indexOf(this.network, weight));
  }

  // The parameters and the loss after one step of gradient descent.
  get updated() {
    const { loss, x, y, learning_rate: rate, biases } = this.settings;
    const { network, run } = this;
    const params = network.params.map((value, i) => value - rate * run.gradients[i]);
    network.layers.forEach(({ bias, units }, l) => {
      if (!biases[l]) params.fill(0, bias, bias + units);
    });
    const other = new Network(network.sizes, this.settings.activations.slice(0, -1), network.output);
    other.params.set(params);
    return { params, loss: runExample(other, loss, x, y).loss };
  }

  change(changes) {
    Object.assign(this.settings, changes);
    if ("x" in changes || "y" in changes) this.compute();
    else this.update();
    this.onChange();
  }

  setNumber(name, index, value) {
    const inside = clamp(value, -MAX_NUMBER, MAX_NUMBER);
    this.change({ [name]: this.settings[name].map((other, i) => (i === index ? inside : other)) });
  }

  setWeight(value) {
    this.network.params[indexOf(this.network, this.weight)] = clamp(value, -MAX_NUMBER, MAX_NUMBER);
    this.compute();
    this.onChange();
  }

  setParams(params) {
    this.running = false;
    this.network.params.set(params);
    this.settings.step = 0;
    this.compute();
    this.onChange();
  }

  point(weight) {
    this.pointed = weight;
    this.update();
  }

  move(step) {
    this.change({ step: clamp(step, 0, this.steps.length - 1) });
  }

  // Show step after step; again: stop.
  play() {
    this.running = !this.running;
    if (this.running && this.settings.step === this.steps.length - 1) this.settings.step = 0;
    this.update();
    if (this.running) this.wait();
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.running) return;
      this.running = this.settings.step + 1 < this.steps.length - 1;
      this.move(this.settings.step + 1);
      if (this.running) this.wait();
    }, PACE);
  }
}
