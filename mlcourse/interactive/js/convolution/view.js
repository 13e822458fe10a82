// A convolution on the page: mount(host, session) shows a session in an element.

import { clamp } from "../checks.js";
import { makeColors } from "../colors.js";
import { ComponentView } from "../component_view.js";
import { button, checkbox, numberInput, numbered, select, slider } from "../controls.js";
import { alert, block, element, group, named, paragraph } from "../dom.js";
import { short } from "../numbers.js";
import { StepBar } from "../step_bar.js";
import { KERNELS, kernelName } from "./kernels.js";
import { windowOf, weightsOf } from "./layers.js";
import { cellColors, grayScale, largestOf, paintInput, paintMap, paintStrip, perRow, signedScale } from "./paint.js";
import { STYLE } from "./style.js";
import { formulas, sentences } from "./words.js";

const MAX_FILTERS = 8; // of a layer that is not a model's
const LEGEND = "Orange: positive, blue: negative. Click into the image or the map to move the window.";

class ConvolutionView extends ComponentView {
  makeParts() {
    const { session } = this;
    this.input = this.makeCanvas("input", (y, x) => this.pointAtInput(y, x));
    this.map = this.makeCanvas("map", (y, x) => session.place([y, x].map(Math.floor)));
    this.channels = this.makeStrip((channel) => session.show({ channel }));
    this.filters = this.makeStrip((filter) => session.show({ filter }));
    this.window = makeGrid("Window");
    this.kernel = makeGrid("Kernel");
    this.products = makeGrid("Products");
    this.operators = ["×", "="].map((textContent) => element("span", { className: "operator", textContent }));
    this.bar = new StepBar(session, "Window", 1, button("Reset", () => session.reset()));
    this.problem = alert();
    this.sentence = block("sentence");
    this.formulas = block("legend");
    return named("region", "A convolution, window by window", "convolution", this.bar.node, this.problem.node,
      block("two-columns",
        block("",
          block("top",
            block("images",
              block("", this.input.head, this.input.canvas, this.channels),
              block("", this.map.head, this.map.canvas, this.filters)),
            this.sentence),
          block("numbers", this.window.node, this.operators[0], this.kernel.node,
            this.operators[1], this.products.node),
          paragraph("legend", LEGEND)),
        block("side", this.makeLayer(), this.makeKernel(), this.makeImage(), this.makePosition())));
  }

  // Make a canvas that calls back with the point of a click or a drag, in pixels of the image.
  makeCanvas(name, onPoint) {
    const canvas = element("canvas", { className: name, role: "img" });
    const point = (event) => {
      const box = canvas.getBoundingClientRect();
      const { axes, rows, columns } = this.session.run;
      const [height, width] = name === "map" ? [rows, columns] : axes.map(({ n, padded }) => n + padded);
      const inside = (value, n) => clamp(value * n, 0, n - 0.01);
      const y = inside((event.clientY - box.top) / box.height, height);
      onPoint(y, inside((event.clientX - box.left) / box.width, width));
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.last = null;
      point(event);
    });
    canvas.addEventListener("pointermove", (event) => event.buttons && point(event));
    return { canvas, head: paragraph("title") };
  }

  makeStrip(onSelect) {
    const canvas = element("canvas", { className: "strip", ariaHidden: "true" });
    canvas.addEventListener("click", (event) => {
      const box = canvas.getBoundingClientRect();
      const { n } = canvas;
      const across = perRow(n);
      const row = Math.floor((event.clientY - box.top) / box.height * Math.ceil(n / across));
      const index = row * across + Math.floor((event.clientX - box.left) / box.width * across);
      if (index < n) onSelect(index);
    });
    return canvas;
  }

  pointAtInput(y, x) {
    const { session } = this;
    const [rows, columns] = session.run.axes;
    const pixel = [y - rows.before, x - columns.before];
    if (this.drawing.input.checked && session.settings.layer === 0) {
      session.draw(this.last ?? pixel, pixel);
      this.last = pixel;
    } else session.pointAt(pixel);
  }

  makeLayer() {
    const { session } = this;
    const change = (name) => (value) => session.changeLayer({ [name]: value });
    this.layer = select("Layer", {}, (index) => session.show({ layer: Number(index) }));
    const kinds = { convolution: "convolution", max: "max pooling", average: "average pooling" };
    this.kind = select("Operation", kinds, (kind) => {
      const size = kind === "convolution" ? [3, 3] : [2, 2];
      const strides = kind === "convolution" ? [1, 1] : [2, 2];
      session.changeLayer({ kind, size, strides, dilation: [1, 1], filters: 1 });
    });
    this.size = pairMenu("Size", [1, 2, 3, 4, 5, 7], change("size"));
    this.strides = pairMenu("Stride", [1, 2, 3, 4], change("strides"));
    this.padding = select("Padding", { valid: "valid", same: "same" }, change("padding"));
    this.dilation = pairMenu("Dilation", [1, 2, 3, 4], change("dilation"));
    this.count = select("Filters", numbered(MAX_FILTERS),
      (index) => session.changeLayer({ filters: Number(index) + 1 }));
    const menus = [this.layer, this.kind, this.size, this.strides, this.padding, this.dilation, this.count];
    return group("Layer", block("two", ...menus.map(({ node }) => node)), this.formulas);
  }

  makeKernel() {
    const { session } = this;
    this.filter = select("Filter", {}, (filter) => session.show({ filter: Number(filter) }));
    this.channel = select("Channel", {}, (channel) => session.show({ channel: Number(channel) }));
    const names = Object.fromEntries(Object.keys(KERNELS).map((name) => [name, name.replace("_", " ")]));
    this.preset = select("Kernel", { own: "own numbers", ...names }, (name) => {
      if (name in KERNELS) session.setWeights(KERNELS[name]);
      else this.kernel.cells[0].focus();
    });
    this.bias = numberInput("Bias", { step: "any" }, (value) => session.setBias(value));
    const controls = [this.filter, this.channel, this.preset, this.bias].map(({ node }) => node);
    this.weights = group("Kernel", block("two", ...controls));
    return this.weights;
  }

  makeImage() {
    const { session } = this;
    this.image = select("Image", {}, (name) => session.setImage(name));
    this.drawing = checkbox("Draw with the pointer", () => this.update());
    const dab = button("Paint in the window", () => session.draw(session.middle, session.middle));
    this.note = paragraph("legend");
    this.pixels = group("Image", block("two", this.image.node, dab), this.drawing.node, this.note);
    return this.pixels;
  }

  makePosition() {
    const { session } = this;
    this.position = ["Row", "Column"].map((label, axis) =>
      slider(label, [1, 1, 1], (value) => session.place(session.settings.position.with(axis, value - 1))));
    return group("Position in the map", block("two", ...this.position.map(({ node }) => node)));
  }

  onTheme(isDark) {
    this.isDark = isDark;
    this.colors = makeColors(isDark);
    this.update();
  }

  update() {
    if (!this.colors || !this.node.clientWidth) return; // hidden, for example on another slide
    const { session } = this;
    const { layer, run, settings, input } = session;
    const { position, channel, filter } = settings;
    this.problem.show(session.problem);
    this.updatePosition(run, position);
    this.updateLayer(layer, run);
    this.updateKernel(layer, settings);
    this.updateImage(settings);
    this.paint(layer, run, input, settings);
    const window = windowOf(layer, run.axes, input.x, position, channel);
    const weights = layer.kind === "convolution" ? session.shownWeights : null;
    this.updateNumbers(layer, window, weights);
    const index = session.step * layer.filters + filter;
    const lines = sentences({
      layer, settings, window, step: session.step, steps: run.rows * run.columns,
      sums: sumsOf(layer, run, input, settings), stages: run.stages.map((stage) => stage[index]),
    });
    this.sentence.replaceChildren(...lines.map((text, i) => paragraph(i ? "" : "title", text)));
    if (!this.session.running) this.speech.say(lines.join(". "));
  }

  updatePosition({ rows, columns }, position) {
    this.bar.set(this.session.step, rows * columns, this.session.running);
    this.position.forEach(({ input, set }, axis) => {
      input.max = [rows, columns][axis];
      set(position[axis] + 1);
    });
  }

  updateLayer(layer, { axes }) {
    const { settings } = this.session;
    const { is_model: isModel, layers } = settings;
    const isConvolution = layer.kind === "convolution";
    this.layer.fill(layers.map(({ name }, i) => [i, name]), settings.layer);
    this.kind.set(layer.kind);
    this.size.set(layer.size);
    this.strides.set(layer.strides);
    this.padding.set(layer.padding);
    this.dilation.set(layer.dilation);
    this.count.set(layer.filters - 1);
    this.layer.node.hidden = layers.length < 2;
    for (const { node } of [this.kind, this.size, this.count]) node.hidden = isModel;
    this.count.node.hidden ||= !isConvolution;
    this.dilation.node.hidden = !isConvolution;
    // As in Keras, a layer has strides or dilation, not both.
    this.dilation.input.disabled = Math.max(...layer.strides) > 1;
    this.strides.input.disabled = Math.max(...layer.dilation) > 1;
    this.formulas.replaceChildren(...formulas(layer, axes).map((text) => paragraph("", text)));
  }

  updateKernel(layer, { channel, filter }) {
    const isConvolution = layer.kind === "convolution";
    this.filter.fill(numbered(layer.filters), filter);
    this.channel.fill(numbered(layer.channels), channel);
    this.filter.node.hidden = !isConvolution || layer.filters < 2;
    this.channel.node.hidden = layer.channels < 2;
    this.preset.node.hidden = !isConvolution || layer.size.join() !== "3,3";
    this.bias.node.hidden = !isConvolution || !layer.has_bias;
    this.weights.hidden = !isConvolution && layer.channels < 2;
    if (!isConvolution) return;
    const names = Array.from({ length: layer.channels }, (_, k) => kernelName(weightsOf(layer, k, filter)));
    this.preset.set(new Set(names).size === 1 ? names[0] : "own");
    this.bias.set(Number(layer.bias[filter].toPrecision(6)));
  }

  updateImage({ layer, is_model: isModel, note }) {
    this.pixels.hidden = layer > 0;
    this.note.hidden = !note;
    this.note.textContent = `Pixels after ${note}`;
    const options = { given: "given", ...(isModel ? {} : { shapes: "colored shapes" }), blank: "blank, to draw" };
    this.image.fill(options, this.session.imageName);
    this.input.canvas.classList.toggle("drawing", this.drawing.input.checked && layer === 0);
  }

  paint(layer, run, { x, size }, settings) {
    const { isDark, colors: { ramp } } = this;
    const { channel, filter, position, range } = settings;
    const { channels, filters } = layer;
    const { axes, map, rows, columns } = run;
    const { isPartial } = this.session;
    this.inputColor = settings.layer ? signedScale(ramp, largestOf(x)) : grayScale(range);
    const toColor = signedScale(ramp, largestOf(map));
    const window = { size: layer.size, position };
    paintInput(this.input.canvas, { x, channels, channel, axes, ...window, toColor: this.inputColor, isDark });
    paintMap(this.map.canvas, { map, rows, columns, filters, filter, position, isPartial, toColor });
    const which = (name, index, n) => (n > 1 ? `, ${name} ${index + 1} of ${n}` : "");
    this.input.head.textContent = `Input, ${size.join(" × ")}${which("channel", channel, channels)}`;
    this.map.head.textContent = `Map, ${rows} × ${columns}${which("filter", filter, filters)}`;
    this.input.canvas.ariaLabel = this.input.head.textContent;
    this.map.canvas.ariaLabel = this.map.head.textContent;
    const inputs = { map: x, rows: size[0], columns: size[1], n: channels, selected: channel };
    this.paintStripOf(this.channels, { ...inputs, toColor: this.inputColor, isDark });
    this.paintStripOf(this.filters, { map, rows, columns, n: filters, selected: filter, toColor, isDark });
  }

  // Paint a strip if something has changed.
  paintStripOf(canvas, strip) {
    const { map, selected, n, isDark } = strip;
    canvas.hidden = n < 2;
    const painted = [map, selected, isDark, canvas.clientWidth];
    if (canvas.hidden || painted.every((part, i) => part === canvas.painted?.[i])) return;
    Object.assign(canvas, { n, painted });
    paintStrip(canvas, strip);
  }

  updateNumbers(layer, window, weights) {
    const { session } = this;
    const products = weights?.map((weight, tap) => weight * (window[tap] ?? 0));
    const isConvolution = Boolean(weights);
    for (const part of [this.kernel.node, this.products.node, ...this.operators]) part.hidden = !isConvolution;
    const largest = layer.kind === "max" ? Math.max(...window.filter((value) => value !== null)) : null;
    showGrid(this.window, layer.size, window, this.inputColor, { isPadded: true, largest });
    if (!isConvolution) return;
    const toColor = signedScale(this.colors.ramp, largestOf([...weights, ...products]));
    showGrid(this.kernel, layer.size, weights, toColor, { onChange: (tap, value) => session.setWeight(tap, value) });
    showGrid(this.products, layer.size, products, toColor);
  }
}

// Return the sum of products of each channel, for a convolution.
function sumsOf(layer, { axes }, { x }, { position, filter }) {
  if (layer.kind !== "convolution") return [];
  return Array.from({ length: layer.channels }, (_, channel) => {
    const weights = weightsOf(layer, channel, filter);
    return windowOf(layer, axes, x, position, channel)
      .reduce((sum, value, tap) => sum + (value ?? 0) * weights[tap], 0);
  });
}

function makeGrid(name) {
  const box = block("cells");
  return { node: named("group", name, "grid", paragraph("title", name), box), box, name, cells: [], shape: "" };
}

// Show numbers in a grid; in input elements with onChange(index, value).
function showGrid(grid, [height, width], values, toColor, { onChange, isPadded, largest } = {}) {
  if (grid.shape !== `${height}x${width}`) {
    grid.shape = `${height}x${width}`;
    grid.cells = values.map((_, tap) => (onChange ? makeInput(grid.name, tap, width, onChange) : element("span")));
    grid.box.style.setProperty("--columns", width);
    grid.box.replaceChildren(...grid.cells);
  }
  grid.cells.forEach((cell, tap) => {
    const value = values[tap];
    const isPadding = isPadded && value === null;
    if (onChange) cell.value = Number(value.toPrecision(3));
    else cell.textContent = isPadding ? "pad" : short(value);
    cell.classList.toggle("padding", Boolean(isPadding));
    cell.classList.toggle("largest", largest !== null && largest !== undefined && value === largest);
    Object.assign(cell.style, isPadding ? { background: "", color: "" } : cellColors(toColor(value)));
  });
}

function makeInput(name, tap, width, onChange) {
  const input = element("input", {
    type: "number", step: "any", autocomplete: "off",
    ariaLabel: `${name}, row ${Math.floor(tap / width) + 1}, column ${tap % width + 1}`,
  });
  input.addEventListener("change", () => {
    if (input.value !== "") onChange(tap, Number(input.value));
  });
  return input;
}

// A menu of sizes, [down, across].
function pairMenu(label, values, onChange) {
  const text = ([down, across]) => (down === across ? String(down) : `${down} × ${across}`);
  const options = Object.fromEntries(values.map((value) => [`${value},${value}`, text([value, value])]));
  const menu = select(label, options, (value) => onChange(value.split(",").map(Number)));
  return { ...menu, set: (pair) => menu.set(pair.join(","), text(pair)) };
}

export function mount(host, session, options) {
  return new ConvolutionView(host, session, STYLE, options);
}
