// One image and the layers that it passes, which several views may show.

import { ACTIVATIONS } from "../activations.js";
import { clamp } from "../checks.js";
import { ComponentSession, isCalm } from "../component_session.js";
import { KERNELS, makeShapes, resizeKernel } from "./kernels.js";
import { geometry, runLayer, weightsOf } from "./layers.js";

const MAX_NUMBER = 1e6; // of weights that are typed in
const MAX_SIDE = 64; // pixels
const DURATION = 20000; // milliseconds of a run over the whole image, at most
const PACE = [30, 500]; // milliseconds between two windows, at least and at most
const CALM = 250; // milliseconds, at least, for readers who prefer reduced motion
const BRUSH = 1.6; // pixels, the radius

// An image and one layer for an element without settings.
function defaults() {
  const { image, shape } = makeShapes();
  const layer = {
    name: "convolution", kind: "convolution", size: [3, 3], strides: [1, 1], padding: "valid",
    dilation: [1, 1], channels: 3, filters: 1, has_bias: true, after: [],
  };
  const kernel = KERNELS.vertical_edges.flatMap((weight) => [weight, weight, weight]);
  const settings = {
    shape, range: [0, 1], note: "", layers: [layer], is_model: false, layer: 0, channel: 0, filter: 0, position: [6, 1],
  };
  return { settings, numbers: [...image, ...kernel, 0] };
}

function isSize(sizes, low, high) {
  return Array.isArray(sizes) && sizes.every((size) => Number.isInteger(size) && size >= low && size <= high);
}

function isLayer(layer) {
  return ["convolution", "max", "average"].includes(layer?.kind) && ["valid", "same"].includes(layer.padding)
    && [layer.size, layer.strides, layer.dilation].every((pair) => isSize(pair, 1, MAX_SIDE) && pair.length === 2)
    && isSize([layer.channels, layer.filters], 1, 1e4) && Array.isArray(layer.after)
    && layer.after.every((name) => name === "scaling" || name in ACTIVATIONS);
}

function countNumbers({ kind, size, channels, filters, after }) {
  const weights = kind === "convolution" ? (size[0] * size[1] * channels + 1) * filters : 0;
  return weights + 2 * filters * after.filter((name) => name === "scaling").length;
}

function isValid(settings, numbers) {
  const { shape, range, layers, position, layer, channel, filter } = settings ?? {};
  if (!isSize(shape, 1, MAX_SIDE) || shape.length !== 3) return false;
  if (!Array.isArray(layers) || !layers.every(isLayer)) return false;
  const n = layers.reduce((sum, item) => sum + countNumbers(item), shape[0] * shape[1] * shape[2]);
  return layers.every((item, i) => item.channels === (i ? layers[i - 1].filters : shape[2]))
    && isSize([layer, channel, filter], 0, 1e4) && layer < layers.length && isSize(position, 0, MAX_SIDE)
    && Array.isArray(range) && range.length === 2 && numbers?.length === n
    && [...numbers, ...range].every(Number.isFinite)
    && !problemOf(layers, shape);
}

// Return why an image does not fit the layers; nothing if it does.
function problemOf(layers, [height, width]) {
  let size = [height, width];
  for (const layer of layers) {
    const axes = geometry(layer, size);
    if (axes.some(({ outputs }) => outputs < 1)) {
      const covered = axes.map((axis) => axis.covered).join(" × ");
      const window = `a window of ${layer.name} would cover ${covered} pixels`;
      return `Not changed: ${window}, its input has ${size.join(" × ")}.`;
    }
    size = axes.map(({ outputs }) => outputs);
  }
  return "";
}

export class Session extends ComponentSession {
  constructor(settings, numbers) {
    super();
    this.load(settings, numbers);
  }

  load(settings, numbers) {
    this.first = isValid(settings, numbers) ? { settings, numbers } : defaults();
    this.reset();
  }

  reset() {
    const { settings, numbers } = this.first;
    let start = 0;
    const take = (n) => Float64Array.from(numbers.slice(start, start += n));
    this.settings = structuredClone(settings);
    const [height, width, channels] = settings.shape;
    this.image = take(height * width * channels);
    this.weights = settings.layers.map(({ kind, size, channels: inputs, filters, after }) => {
      const isConvolution = kind === "convolution";
      return {
        kernel: isConvolution ? take(size[0] * size[1] * inputs * filters) : null,
        bias: isConvolution ? take(filters) : null,
        scalings: after.filter((name) => name === "scaling")
          .map(() => ({ scale: take(filters), shift: take(filters) })),
      };
    });
    this.imageName = "given";
    this.problem = "";
    this.running = false;
    this.isPartial = false; // whether windows after this one are still to come
    this.invalidate(0);
    this.keepInside();
    this.changed();
  }

  get numbers() {
    const parts = this.weights.flatMap(({ kernel, bias, scalings }) =>
      [kernel ?? [], bias ?? [], ...scalings.flatMap(({ scale, shift }) => [scale, shift])]);
    return [this.image, ...parts].flatMap((part) => [...part]);
  }

  get saved() {
    return { ...super.saved, numbers: Float64Array.from(this.numbers) };
  }

  layerAt(index) {
    return { ...this.settings.layers[index], ...this.weights[index] };
  }

  get layer() {
    return this.layerAt(this.settings.layer);
  }

  // The input of the layer that is shown, and its height and width.
  get input() {
    const { layer, shape } = this.settings;
    if (!layer) return { x: this.image, size: shape.slice(0, 2) };
    const { map, rows, columns } = this.runOf(layer - 1);
    return { x: map, size: [rows, columns] };
  }

  get run() {
    return this.runOf(this.settings.layer);
  }

  runOf(index) {
    for (let i = this.runs.length; i <= index; i++) {
      const before = this.runs[i - 1];
      const size = before ? [before.rows, before.columns] : this.settings.shape;
      this.runs.push(runLayer(this.layerAt(i), before?.map ?? this.image, size.slice(0, 2)));
    }
    return this.runs[index];
  }

  // Forget the outputs of a layer, and of those after it.
  invalidate(layer) {
    this.runs = (this.runs ?? []).slice(0, layer);
  }

  keepInside() {
    const { settings, layer } = this;
    const { rows, columns } = this.run;
    settings.channel = Math.min(settings.channel, layer.channels - 1);
    settings.filter = layer.kind === "convolution" ? Math.min(settings.filter, layer.filters - 1) : settings.channel;
    settings.position = [rows, columns].map((n, axis) => Math.min(settings.position[axis], n - 1));
  }

  // Change the layer, channel or filter that is shown.
  show(changes) {
    Object.assign(this.settings, changes);
    if ("layer" in changes) this.isPartial = this.running = false;
    if ("filter" in changes && this.layer.kind !== "convolution") this.settings.channel = changes.filter;
    this.keepInside();
    this.changed();
  }

  // Change the layer that is shown, if the image still fits.
  changeLayer(changes) {
    const { layer: index, shape } = this.settings;
    const layer = { ...this.settings.layers[index], ...changes };
    if (layer.kind !== "convolution") layer.filters = layer.channels;
    const layers = this.settings.layers.with(index, layer);
    this.problem = problemOf(layers, shape);
    if (!this.problem) {
      this.weights[index] = this.resized(index, layer);
      this.settings.layers = layers;
      this.invalidate(index);
      this.keepInside();
    }
    this.changed();
  }

  // Return the weights of a layer for its new size.
  resized(index, layer) {
    const { kernel, bias, scalings } = this.weights[index];
    if (layer.kind !== "convolution") return { kernel: null, bias: null, scalings };
    const old = kernel ? this.layerAt(index) : { size: [3, 3], channels: 0, filters: 0 };
    return {
      kernel: resizeKernel(old, layer),
      bias: Float64Array.from({ length: layer.filters }, (_, filter) => bias?.[filter] ?? 0),
      scalings,
    };
  }

  // The weights of the channel and filter that are shown.
  get shownWeights() {
    return weightsOf(this.layer, this.settings.channel, this.settings.filter);
  }

  // Set the weights of the filter that is shown, in one channel or in all (null).
  setWeights(weights, only = null) {
    const { kernel, channels, filters } = this.layer;
    weights.forEach((weight, tap) => {
      for (let channel = 0; channel < channels; channel++) {
        const index = (tap * channels + channel) * filters + this.settings.filter;
        if (only === null || only === channel) kernel[index] = limited(weight);
      }
    });
    this.recompute(this.settings.layer);
  }

  setWeight(tap, weight) {
    this.setWeights(this.shownWeights.with(tap, weight), this.settings.channel);
  }

  setBias(value) {
    this.layer.bias[this.settings.filter] = limited(value);
    this.recompute(this.settings.layer);
  }

  recompute(layer) {
    this.invalidate(layer);
    this.changed();
  }

  // Show the given image, "shapes" or "blank".
  setImage(name) {
    const { settings, numbers } = this.first;
    const { shape, range } = settings;
    const n = shape[0] * shape[1] * shape[2];
    const given = { image: Float64Array.from(numbers.slice(0, n)), shape };
    const next = name === "shapes" ? makeShapes() : given;
    if (name === "blank") next.image.fill(range[0]);
    const [layer] = this.settings.layers;
    const changed = { ...layer, channels: next.shape[2] };
    if (layer.kind !== "convolution") changed.filters = changed.channels;
    this.problem = problemOf([changed, ...this.settings.layers.slice(1)], next.shape);
    if (!this.problem) {
      if (changed.channels !== layer.channels) this.weights[0] = this.resized(0, changed);
      Object.assign(this.settings, { layers: this.settings.layers.with(0, changed), shape: next.shape });
      this.settings.range = name === "shapes" ? [0, 1] : range;
      this.image = next.image;
      this.imageName = name;
      this.invalidate(0);
      this.keepInside();
    }
    this.changed();
  }

  // Draw with a round brush, from one point to another, in pixels.
  draw([fromY, fromX], [toY, toX]) {
    const { shape: [height, width, channels], range: [low, high] } = this.settings;
    const steps = Math.ceil(2 * Math.hypot(toY - fromY, toX - fromX)) || 1;
    for (let step = 0; step <= steps; step++) {
      const y = fromY + (toY - fromY) * step / steps;
      const x = fromX + (toX - fromX) * step / steps;
      for (let row = Math.max(0, Math.floor(y - 2)); row <= Math.min(height - 1, y + 2); row++) {
        for (let column = Math.max(0, Math.floor(x - 2)); column <= Math.min(width - 1, x + 2); column++) {
          const ink = clamp(BRUSH - Math.hypot(row + 0.5 - y, column + 0.5 - x), 0, 1);
          const start = (row * width + column) * channels;
          const value = low + ink * (high - low);
          for (let k = start; k < start + channels; k++) this.image[k] = Math.max(this.image[k], value);
        }
      }
    }
    this.recompute(0);
  }

  // The pixel in the middle of the window, [row, column].
  get middle() {
    return this.run.axes.map(({ stride, before, covered }, axis) =>
      this.settings.position[axis] * stride - before + covered / 2);
  }

  // Put the middle of the window as near to a pixel as the strides allow.
  pointAt(pixel) {
    this.place(this.run.axes.map(({ stride, before, covered, outputs }, axis) =>
      clamp(Math.round((pixel[axis] + before - covered / 2) / stride), 0, outputs - 1)));
  }

  // Show the window at a row and a column of the feature map, and the whole map.
  place(position) {
    this.isPartial = false;
    this.settings.position = position;
    this.changed();
  }

  get step() {
    const [row, column] = this.settings.position;
    return row * this.run.columns + column;
  }

  // Show the map up to a window.
  move(step) {
    const { rows, columns } = this.run;
    const inside = clamp(step, 0, rows * columns - 1);
    this.isPartial = true;
    this.settings.position = [Math.floor(inside / columns), inside % columns];
    this.changed();
  }

  // Show window after window; again: stop.
  play() {
    const { rows, columns } = this.run;
    const n = rows * columns;
    this.running = !this.running;
    if (this.running) this.move(this.isPartial && this.step < n - 1 ? this.step : 0);
    else this.changed();
    if (this.running) this.wait(clamp(DURATION / n, ...PACE));
  }

  wait(pace) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.running) return;
      const { rows, columns } = this.run;
      this.running = this.step + 1 < rows * columns - 1;
      this.move(this.step + 1);
      if (this.running) this.wait(pace);
    }, isCalm() ? Math.max(CALM, pace) : pace);
  }
}

function limited(weight) {
  return clamp(weight, -MAX_NUMBER, MAX_NUMBER);
}
