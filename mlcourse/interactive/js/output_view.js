// The map of the output, or of a unit that is enlarged, with the points; and that unit's weights.

import { paintPoints } from "./charts.js";
import { colorClasses, colorUnit } from "./colors.js";
import { button, numberInput } from "./controls.js";
import { block, element, named, paragraph } from "./dom.js";
import { unitRange } from "./network_view.js";
import { FEATURES } from "./points.js";

const FINE = 100; // pixels of a side of the map
const COARSE = 60; // of a large network
const LARGE = 400; // parameters

export class OutputView {
  constructor(session, own) {
    this.session = session;
    this.own = own;
    this.selected = null;
    this.title = paragraph("title");
    this.canvas = element("canvas", { ariaHidden: "true" });
    this.points = element("canvas", { className: "points", role: "img" });
    this.map = block("map", this.canvas, this.points);
    this.legend = paragraph("legend");
    this.panel = block("");
    this.node = block("", this.title, this.map, this.legend, this.panel);
    this.context = this.canvas.getContext("2d");
    this.points.addEventListener("click", (event) => this.click(event));
    this.points.addEventListener("keydown", (event) => this.key(event));
    this.inputs = [];
  }

  get isEditable() {
    return this.session.trainer.settings.points === "own";
  }

  build(trainer) {
    this.trainer = trainer;
    const side = trainer.network.params.length > LARGE ? COARSE : FINE;
    this.canvas.width = this.canvas.height = side;
    this.image = this.context.createImageData(side, side);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.grid = trainer.grid(side);
    this.space = trainer.network.workspace(side * side);
    this.selected = null;
    this.map.classList.toggle("editable", this.isEditable);
    this.points.tabIndex = this.isEditable ? 0 : -1;
    this.points.role = this.isEditable ? "application" : "img";
    this.buildPanel();
    this.legend.textContent = legend(trainer);
  }

  // Enlarge a unit, or go back to the output with null.
  select(selected) {
    const isSame = selected && this.selected?.layer === selected.layer && this.selected?.unit === selected.unit;
    const last = this.trainer.network.layers.length - 1;
    this.selected = isSame ? null : selected;
    if (this.selected?.layer === last && this.trainer.outputs === 1 && isSame) this.selected = null;
    this.buildPanel();
  }

  paint(colors) {
    const { trainer, selected } = this;
    const { network } = trainer;
    network.forward(this.grid, this.pixels.length, this.space, { forMaps: true });
    const last = network.layers.length - 1;
    const { layer, unit } = selected ?? { layer: last, unit: 0 };
    const a = this.space.a[layer];
    const { units } = network.layers[layer];
    if (!selected && units > 1) colorClasses(this.pixels, a, units, colors.middle);
    else colorUnit(this.pixels, a, unit, units, unitRange(trainer, layer + 1, last + 1), colors.paleRamp);
    this.context.putImageData(this.image, 0, 0);
  }

  paintPoints(colors) {
    paintPoints(this.points, this.trainer, colors, this.isEditable ? this.own.cursor : null);
    this.points.ariaLabel = this.description;
  }

  get name() {
    const { selected, trainer } = this;
    if (!selected) return trainer.classes ? "Predicted class" : "Predicted value";
    if (selected.layer < trainer.network.layers.length - 1) {
      return `Unit ${selected.unit + 1} of hidden layer ${selected.layer + 1}`;
    }
    return trainer.outputs > 1 ? `Output ${selected.unit}` : "Output";
  }

  get description() {
    const { train, test, latest } = this.trainer;
    const accuracy = latest.accuracy === null ? "" : ` Training accuracy ${latest.accuracy.toFixed(3)}.`;
    const help = this.isEditable ? " Arrow keys move the cross, Enter adds a point." : "";
    return `${this.name} over the plane, with ${train.n} training and ${test.n} test points.${accuracy}${help}`;
  }

  // Make the inputs for the weights of the enlarged unit.
  buildPanel() {
    this.title.textContent = this.name;
    this.inputs = [];
    this.panel.replaceChildren();
    if (!this.selected) return;
    const { layer, unit } = this.selected;
    const { inputs, units, weights, bias } = this.trainer.network.layers[layer];
    const { features } = this.trainer.settings;
    for (let i = 0; i <= inputs; i++) {
      const index = i < inputs ? weights + i * units + unit : bias + unit;
      const from = layer ? `unit ${i + 1}` : FEATURES[features[i]]?.label;
      const label = i < inputs ? `weight of ${from}` : "bias";
      const control = numberInput(label, { step: 0.1 }, (value) => this.session.setParameter(index, value));
      this.inputs.push({ index, control });
    }
    this.panel.append(
      named("group", `Weights of ${this.name}`, "weights", ...this.inputs.map(({ control }) => control.node)),
      element("p", {}, button("Show the output", () => this.onClose())));
    this.update();
  }

  update() {
    const { params } = this.trainer.network;
    const active = this.node.getRootNode().activeElement;
    for (const { index, control } of this.inputs) {
      if (active !== control.input) control.set(Number(params[index].toPrecision(4)));
    }
  }

  click(event) {
    if (!this.isEditable) return;
    const box = this.points.getBoundingClientRect();
    const [left, bottom, side] = this.trainer.frame;
    const x1 = left + (event.clientX - box.left) / box.width * side;
    const x2 = bottom + (1 - (event.clientY - box.top) / box.height) * side;
    this.own.moveCursor(x1, x2);
    this.own.add(...this.own.cursor);
  }

  key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const step = steps[event.key];
    if (!this.isEditable || !(step || event.key === "Enter")) return;
    event.preventDefault();
    const { cursor } = this.own;
    if (!step) {
      this.own.add(...cursor);
      return;
    }
    const distance = this.trainer.frame[2] / 40;
    this.own.moveCursor(cursor[0] + step[0] * distance, cursor[1] + step[1] * distance);
    this.session.update();
  }
}

function legend(trainer) {
  if (!trainer.classes) return "Filled: training points. Hollow: test points. Blue: -1, orange: 1.";
  const names = ["Class 0: blue circles", "class 1: orange squares", "class 2: green triangles"];
  return `${names.slice(0, trainer.classes).join(", ")}. Filled: training points. Hollow: test points.`;
}
