// The network on the page: a button with a heat map per unit, edges by weight, + and - per layer.

import { CLASS_COLORS, colorUnit } from "./colors.js";
import { button } from "./controls.js";
import { block, element, named } from "./dom.js";
import { prepare } from "./pixels.js";
import { FEATURES } from "./points.js";
import { MAX_LAYERS, MAX_UNITS } from "./settings.js";

const PIXELS = 30;
const HEADER = 56;
const ROOM = 460; // pixels, the height of the highest layer
const LARGE = 40; // units whose maps cannot be painted in each frame
const SHADES = 8; // widths of edges

export class NetworkView {
  // onSelect(layer, unit): layer 0 is the first hidden one; onLayers(hidden): + or - was used.
  // room: pixels, the height of the highest layer.
  constructor({ onSelect, onLayers, room = ROOM }) {
    this.onSelect = onSelect;
    this.onLayers = onLayers;
    this.room = room;
    this.edges = element("canvas", { ariaHidden: "true" });
    this.node = named("group", "Network: arrow keys move between units, Enter enlarges one", "network", this.edges);
    this.node.addEventListener("keydown", (event) => this.move(event));
    this.columns = [];
  }

  // Make the units of a trainer's network. The features are column 0.
  build(trainer) {
    const { settings, network } = trainer;
    const focused = this.node.getRootNode().activeElement?.dataset?.place;
    this.node.replaceChildren(this.edges);
    this.trainer = trainer;
    this.grid = trainer.grid(PIXELS);
    this.space = network.workspace(PIXELS * PIXELS);
    this.columns = network.sizes.map((units, column) =>
      Array.from({ length: units }, (_, unit) => this.makeUnit(settings, column, unit)));
    this.headers = network.sizes.map((units, column) => this.makeHeader(settings, column));
    this.node.append(...this.headers, ...this.columns.flat().map(({ node }) => node));
    this.columns[1][0].node.tabIndex = 0;
    this.layout();
    if (focused) this.node.querySelector(`[data-place="${focused}"]`)?.focus();
  }

  makeUnit(settings, column, unit) {
    const canvas = element("canvas", { width: PIXELS, height: PIXELS, ariaHidden: "true" });
    const context = canvas.getContext("2d");
    const image = context.createImageData(PIXELS, PIXELS);
    const last = settings.hidden.length + 1;
    const feature = column ? null : FEATURES[settings.features[unit]].label;
    const output = last === column ? "Output" : `Unit ${unit + 1} of hidden layer ${column}`;
    const isOneOutput = column === last && this.trainer.outputs === 1;
    const label = feature ?? (column === last && !isOneOutput ? `Output ${unit}` : output);
    const node = column
      ? button("", () => this.onSelect(column - 1, unit), { ariaLabel: label, tabIndex: -1 })
      : named("img", `Feature ${feature}`, "");
    node.classList.add("unit");
    node.dataset.place = `${column}-${unit}`;
    node.append(canvas);
    if (feature) node.append(element("span", { textContent: feature }));
    return { node, context, image, pixels: new Uint32Array(image.data.buffer) };
  }

  makeHeader(settings, column) {
    const { hidden } = settings;
    const last = hidden.length + 1;
    const header = block("column");
    if (!column || column === last) {
      header.append(element("span", { textContent: column ? "Output" : "Features" }));
      return header;
    }
    const change = (step) => () => {
      this.onLayers(hidden.map((units, i) => units + (i === column - 1 ? step : 0)));
    };
    const units = hidden[column - 1];
    header.append(
      element("span", { textContent: `${units} unit${units === 1 ? "" : "s"}` }),
      button("−", change(-1), {
        ariaLabel: `Remove a unit from hidden layer ${column}`,
        disabled: units <= 1,
        dataset: { place: `minus-${column}` },
      }),
      button("+", change(1), {
        ariaLabel: `Add a unit to hidden layer ${column}`,
        disabled: units >= MAX_UNITS,
        dataset: { place: `plus-${column}` },
      }),
    );
    return header;
  }

  // Place the units by the width that there is: large ones, unless a layer has many.
  layout() {
    const width = this.node.clientWidth;
    if (!this.trainer || !width) return;
    const pitch = width / this.columns.length;
    const steps = this.columns.map((units) => Math.min(58, this.room / units.length));
    const height = Math.max(170, ...this.columns.map((units, column) => units.length * steps[column]));
    this.node.style.height = `${HEADER + height + 4}px`;
    this.sides = steps.map((step) => Math.min(0.84 * step, 0.62 * pitch));
    this.positions = this.columns.map((units, column) => units.map((_, unit) => [
      pitch * (column + 0.5), HEADER + height / 2 + (unit - (units.length - 1) / 2) * steps[column],
    ]));
    this.headers.forEach((header, column) => {
      Object.assign(header.style, { left: `${pitch * column}px`, width: `${pitch}px` });
    });
    this.columns.forEach((units, column) => units.forEach(({ node }, unit) => {
      const [x, y] = this.positions[column][unit];
      const side = this.sides[column];
      Object.assign(node.style, {
        left: `${x - side / 2}px`, top: `${y - side / 2}px`, width: `${side}px`, height: `${side}px`,
      });
    }));
  }

  get isLarge() {
    return this.columns.flat().length > LARGE;
  }

  // Paint the heat maps of all units.
  paint({ ramp }) {
    const { network } = this.trainer;
    const n = PIXELS * PIXELS;
    network.forward(this.grid, n, this.space, { forMaps: true });
    const outputs = this.columns.length - 1;
    this.columns.forEach((units, column) => {
      const values = column ? this.space.a[column - 1] : this.grid;
      const range = unitRange(this.trainer, column, outputs);
      units.forEach(({ context, image, pixels }, unit) => {
        colorUnit(pixels, values, unit, units.length, range, ramp);
        context.putImageData(image, 0, 0);
      });
    });
  }

  paintEdges() {
    const { network } = this.trainer;
    const { context, width } = prepare(this.edges);
    if (!width) return;
    const paths = Array.from({ length: 2 * SHADES }, () => new Path2D()); // wide ones last, on top
    const sizes = network.layers.map(({ weights, bias }) => largestOf(network.params, weights, bias));
    const largest = Math.max(1e-9, ...sizes);
    const thin = Math.min(1, 16 / Math.max(...network.sizes)); // many edges are thinner and paler
    network.layers.forEach(({ inputs, units, weights }, l) => {
      for (let i = 0; i < inputs; i++) {
        for (let j = 0; j < units; j++) {
          const weight = network.params[weights + i * units + j];
          const shade = Math.min(SHADES - 1, Math.floor(SHADES * Math.sqrt(Math.abs(weight) / largest)));
          const path = paths[2 * shade + (weight < 0 ? 1 : 0)];
          this.addEdge(path, l, i, j);
        }
      }
    });
    paths.forEach((path, number) => {
      const isNegative = number % 2 === 1;
      const shade = number >> 1;
      context.lineWidth = thin * (0.4 + 0.75 * shade);
      context.globalAlpha = thin * (0.35 + 0.6 * shade / SHADES);
      context.strokeStyle = `rgb(${CLASS_COLORS[isNegative ? 0 : 1].join(" ")})`;
      context.setLineDash(isNegative ? [5, 3] : []);
      context.stroke(path);
    });
    context.globalAlpha = 1;
  }

  addEdge(path, layer, input, unit) {
    const [x1, y1] = this.positions[layer][input];
    const [x2, y2] = this.positions[layer + 1][unit];
    const middle = (x1 + x2) / 2;
    path.moveTo(x1 + this.sides[layer] / 2, y1);
    path.bezierCurveTo(middle, y1, middle, y2, x2 - this.sides[layer + 1] / 2, y2);
  }

  // Show which unit is enlarged; null for none.
  mark(selected) {
    this.columns.forEach((units, column) => units.forEach(({ node }, unit) => {
      if (column) node.ariaPressed = String(selected?.layer === column - 1 && selected?.unit === unit);
    }));
  }

  move(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    const place = event.target.dataset?.place?.match(/^(\d+)-(\d+)$/);
    if (!step || !place) return;
    event.preventDefault();
    const column = Number(place[1]) + step[0];
    if (column < 1 || column >= this.columns.length) return;
    const units = this.columns[column];
    const unit = Math.max(0, Math.min(units.length - 1, Number(place[2]) + step[1]));
    this.columns.flat().forEach(({ node }) => {
      if (node.tabIndex === 0) node.tabIndex = -1;
    });
    units[unit].node.tabIndex = 0;
    units[unit].node.focus();
  }
}

function largestOf(values, begin, end) {
  let largest = 0;
  for (let i = begin; i < end; i++) largest = Math.max(largest, Math.abs(values[i]));
  return largest;
}

// Return the range of a column's values, or null for one symmetric about 0.
export function unitRange(trainer, column, last) {
  if (!column) return null;
  if (column === last) return trainer.classes ? [0, 1] : [-1, 1];
  return trainer.network.activation.range;
}

export function layerButtons(onLayers, getHidden) {
  const removeLast = () => onLayers(getHidden().slice(0, -1));
  const addLast = () => onLayers([...getHidden(), getHidden().at(-1) ?? 4]);
  const remove = button("−", removeLast, { ariaLabel: "Remove the last hidden layer" });
  const add = button("+", addLast, { ariaLabel: "Add a hidden layer" });
  const text = element("span");
  return {
    node: block("bar layers", text, remove, add),
    set(hidden) {
      text.textContent = `Hidden layers: ${hidden.length}`;
      remove.disabled = hidden.length <= 0;
      add.disabled = hidden.length >= MAX_LAYERS;
    },
  };
}
