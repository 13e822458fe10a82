// The network as SVG: units with their outputs and gradients, and edges to point at.

import { named } from "../dom.js";
import { short } from "../numbers.js";
import { shape } from "../svg.js";
import { indexOf } from "./chain.js";

const ROW = 62; // pixels between units
const TOP = 30;
const SHADES = 3.5; // pixels, the width of the edge with the largest weight

export class Diagram {
  // onPoint(weight): the pointer is on an edge, or on none (null); onSelect(weight): a click.
  constructor({ onPoint, onSelect }) {
    this.node = named("img", "", "diagram");
    this.onPoint = onPoint;
    this.onSelect = onSelect;
  }

  // Make the parts for a network; place them by the width that there is.
  build(network) {
    const { sizes } = network;
    const width = this.node.clientWidth || 600;
    const height = TOP + Math.max(...sizes) * ROW + 10;
    const pitch = width / (sizes.length + 1);
    const radius = Math.min(21, 0.36 * pitch);
    const middle = (TOP + height) / 2;
    const place = (column, unit, units) => [pitch * (column + 0.5), middle + (unit - (units - 1) / 2) * ROW];
    this.svg = shape("svg", { width, height, "aria-hidden": "true" });
    this.edges = [];
    this.units = sizes.map((units, column) => Array.from({ length: units }, (_, unit) => {
      const [x, y] = place(column, unit, units);
      return this.makeUnit(x, y, radius);
    }));
    const [lossX, lossY] = place(sizes.length, 0, 1);
    this.loss = this.makeUnit(lossX, lossY, radius);
    const lines = shape("g", {});
    network.layers.forEach(({ inputs, units }, layer) => {
      for (let input = 0; input < inputs; input++) {
        for (let unit = 0; unit < units; unit++) {
          const ends = [place(layer, input, inputs), place(layer + 1, unit, units)];
          lines.append(...this.makeEdge([layer, input, unit], ...ends, radius));
        }
      }
    });
    const last = sizes.length - 1;
    this.lossLines = this.units[last].map((_, unit) => {
      const [x, y] = place(last, unit, sizes[last]);
      return shape("line", { x1: x + radius, y1: y, x2: lossX - radius, y2: lossY, class: "edge" });
    });
    lines.append(...this.lossLines);
    const heads = sizes.map((_, column) => shape("text", { x: pitch * (column + 0.5), y: 15, class: "head" },
      column ? (column === last ? "output" : `layer ${column}`) : "input"));
    heads.push(shape("text", { x: lossX, y: 15, class: "head" }, "loss"));
    const circles = [...this.units.flat(), this.loss].map(({ group }) => group);
    this.svg.append(lines, ...circles, ...heads);
    this.node.replaceChildren(this.svg);
  }

  makeUnit(x, y, radius) {
    const group = shape("g", {});
    const circle = shape("circle", { cx: x, cy: y, r: radius, class: "node" });
    const value = shape("text", { x, y: y + 4, class: "value" });
    const gradient = shape("text", { x, y: y + radius + 13, class: "gradient" });
    group.append(circle, value, gradient);
    return { group, circle, value, gradient };
  }

  makeEdge(weight, [x1, y1], [x2, y2], radius) {
    const ends = { x1: x1 + radius, y1, x2: x2 - radius, y2 };
    const line = shape("line", { ...ends, class: "edge" });
    const target = shape("line", { ...ends, class: "target" });
    target.addEventListener("pointerenter", () => this.onPoint(weight));
    target.addEventListener("pointerleave", () => this.onPoint(null));
    target.addEventListener("click", () => this.onSelect(weight));
    this.edges.push({ weight, line });
    return [line, target];
  }

  // Show what is known after a step: outputs, then gradients.
  show(session) {
    const { network, run, steps, settings, weight, step } = session;
    const done = steps.slice(0, settings.step + 1);
    const key = ({ layer, unit }) => `${layer}-${unit}`;
    const forward = new Set(done.filter(({ kind }) => kind === "unit").map(key));
    const backward = new Set(done.filter(({ kind }) => kind === "delta").map(key));
    const isUpdate = step.kind === "update";
    this.units.forEach((units, column) => units.forEach(({ circle, value, gradient }, unit) => {
      const place = key({ layer: column - 1, unit });
      value.textContent = !column || forward.has(place) ? short(run.a[column][unit]) : "";
      gradient.textContent = column && backward.has(place) ? `δ ${short(run.dz[column - 1][unit])}` : "";
      const isNow = (step.kind === "unit" || step.kind === "delta") && key(step) === place;
      circle.setAttribute("class", isNow ? "node now" : "node");
    }));
    const hasLoss = done.some(({ kind }) => kind === "loss");
    this.loss.value.textContent = hasLoss ? short(run.loss) : "";
    this.loss.circle.setAttribute("class", step.kind === "loss" ? "node now" : "node");
    const passed = new Set(done.filter(({ kind }) => kind === "edge").map((other) => `${key(other)}-${other.input}`));
    const sizes = this.edges.map((edge) => Math.abs(network.params[indexOf(network, edge.weight)]));
    const largest = Math.max(1e-9, ...sizes);
    for (const { weight: other, line } of this.edges) {
      const [layer, input, unit] = other;
      const size = network.params[indexOf(network, other)];
      const isNow = isUpdate || (step.kind === "edge" && key(step) === key({ layer, unit }) && step.input === input);
      const states = [
        "edge", size < 0 ? "negative" : "", passed.has(`${layer}-${unit}-${input}`) ? "passed" : "",
        isNow ? "now" : "", other.every((number, i) => number === weight[i]) ? "selected" : "",
      ];
      line.setAttribute("class", states.filter(Boolean).join(" "));
      line.setAttribute("stroke-width", isNow ? 4.5 : 0.8 + SHADES * Math.abs(size) / largest);
    }
    this.node.ariaLabel = `A network of ${network.sizes.join(", ")} units, and its loss.`;
  }
}
