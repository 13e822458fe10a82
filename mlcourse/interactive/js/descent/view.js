// The race on the page: mount(host, session) shows a session in an element.

import { clamp } from "../checks.js";
import { ComponentView } from "../component_view.js";
import { button, logSlider, select, slider } from "../controls.js";
import { block, element, group, named, paragraph } from "../dom.js";
import { format } from "../numbers.js";
import { prepare } from "../pixels.js";
import { RULES } from "../rules.js";
import { COLORS, paintContours, paintMarker, paintPaths, placing } from "./paint.js";
import { MAX_OPTIMIZERS, MAX_STEPS, hasMomentum } from "./session.js";
import { STYLE } from "./style.js";
import { SURFACES, lowest } from "./surfaces.js";

const GRID = 0.05; // step of the sliders for the start
const LEGEND = "Star: minimum. Black dot: start. A dot on a path: a step. Click or drag to move the start.";
const LETTERS = "ABCDEF";

class DescentView extends ComponentView {
  makeParts() {
    const { session } = this;
    this.contours = element("canvas", { ariaHidden: "true" });
    this.paths = element("canvas", { className: "paths", role: "img" });
    this.paths.addEventListener("pointerdown", (event) => {
      this.paths.setPointerCapture(event.pointerId);
      this.moveStart(event);
    });
    this.paths.addEventListener("pointermove", (event) => event.buttons && this.moveStart(event));
    this.surface = select("Surface", names(SURFACES), (surface) => session.change({ surface }));
    this.steps = slider("Steps", [1, MAX_STEPS, 1], (steps) => session.change({ steps }));
    this.start = [0, 1].map((axis) => slider(`Start, ${"xy"[axis]}`, [-1, 1, GRID], (value) => {
      session.change({ start: session.settings.start.map((other, i) => (i === axis ? value : other)) });
    }));
    this.race = button("Race", () => session.race(), { className: "main" });
    this.addButton = button("Add an optimizer", () => session.add());
    this.formula = paragraph("legend");
    this.optimizers = block("side");
    this.parts = [];
    return named("region", "Race of optimizers", "descent",
      block("bar", this.race, this.surface.node, this.addButton),
      block("two-columns",
        block("", block("surface", this.contours, this.paths), this.formula,
          block("two", ...[this.steps, ...this.start].map(({ node }) => node)), paragraph("legend", LEGEND)),
        this.optimizers));
  }

  moveStart(event) {
    const { surface } = this.session;
    const box = this.paths.getBoundingClientRect();
    const { toPoint } = placing(surface, box.width, box.height);
    const point = toPoint(event.clientX - box.left, event.clientY - box.top);
    const [left, right, bottom, top] = surface.frame;
    const limits = [[left, right], [bottom, top]];
    const inside = point.map((value, i) => clamp(value, ...limits[i]));
    this.session.change({ start: inside.map((value) => Number(value.toFixed(2))) });
  }

  // Make the controls of an optimizer.
  makeOptimizer(index) {
    const { session } = this;
    const change = (name) => (value) => session.changeOptimizer(index, { [name]: value });
    const letter = LETTERS[index];
    const marker = element("canvas", { className: "marker", ariaHidden: "true" });
    const rule = select(`Optimizer ${letter}`, names(RULES), change("name"));
    const rate = logSlider(`Learning rate of ${letter}`, [-4, 1, 0.05], change("learning_rate"));
    const momentum = slider(`Momentum of ${letter}`, [0, 0.99, 0.01], change("momentum"));
    const result = paragraph("status");
    const remove = button("Remove", () => session.remove(index), { ariaLabel: `Remove optimizer ${letter}` });
    const node = group(letter, block("bar", marker, rule.node, remove), rate.node, momentum.node, result);
    node.style.borderLeft = `6px solid ${COLORS[index]}`;
    return { node, marker, rule, rate, momentum, result, remove };
  }

  onTheme() {
    this.painted = null;
    super.onTheme();
  }

  onResize() {
    this.painted = null;
    super.onResize();
  }

  update() {
    const { session } = this;
    const { settings, surface, shown } = session;
    const descents = session.descents;
    this.surface.set(settings.surface);
    this.steps.set(settings.steps);
    const [left, right, bottom, top] = surface.frame;
    this.start.forEach((control, axis) => {
      Object.assign(control.input, axis ? { min: bottom, max: top } : { min: left, max: right });
      control.set(settings.start[axis]);
    });
    this.formula.textContent = `f(x, y) = ${surface.formula}`;
    this.race.textContent = session.running ? "Stop" : "Race";
    this.addButton.disabled = settings.optimizers.length >= MAX_OPTIMIZERS;
    this.updateOptimizers(settings.optimizers, descents);
    if (this.painted !== surface) paintContours(this.contours, surface);
    this.painted = surface;
    paintPaths(this.paths, surface, settings.start, descents, shown);
    this.describe();
  }

  updateOptimizers(optimizers, descents) {
    while (this.parts.length < optimizers.length) {
      this.parts.push(this.makeOptimizer(this.parts.length));
      this.optimizers.append(this.parts.at(-1).node);
    }
    while (this.parts.length > optimizers.length) this.parts.pop().node.remove();
    optimizers.forEach((optimizer, i) => {
      const { marker, rule, rate, momentum, result, remove } = this.parts[i];
      rule.set(optimizer.name);
      rate.set(optimizer.learning_rate);
      momentum.node.hidden = !hasMomentum(optimizer.name);
      momentum.set(optimizer.momentum ?? 0);
      remove.disabled = optimizers.length === 1;
      result.textContent = resultText(this.session.surface, descents[i], this.session.shown);
      paintMarker(prepare(marker).context, 12, 12, 8, i);
    });
  }

  describe() {
    const { settings, running } = this.session;
    const text = settings.optimizers.map(({ name }, i) =>
      `${LETTERS[i]}, ${RULES[name].label}: ${this.parts[i].result.textContent}`).join(" ");
    this.paths.ariaLabel = `Paths on the contours of ${settings.surface.replace("_", " ")}. ${text}`;
    if (!running) this.speech.say(text);
  }
}

function names(table) {
  const label = (name) => table[name].label ?? name.replace("_", " ");
  return Object.fromEntries(Object.keys(table).map((name) => [name, label(name)]));
}

// Say where an optimizer is after the shown steps.
function resultText(surface, { path, divergedAt }, shown) {
  if (divergedAt !== null && divergedAt <= shown) {
    return `Diverges at step ${divergedAt}: try a lower learning rate.`;
  }
  const [x, y] = path.subarray(2 * shown, 2 * shown + 2);
  const above = surface.height(x, y) - lowest(surface);
  const distance = Math.min(...surface.minima.map(([mx, my]) => Math.hypot(x - mx, y - my)));
  return `Step ${shown}: ${format(above)} above the minimum of f, ${format(distance)} away from it.`;
}

export function mount(host, session, options) {
  return new DescentView(host, session, STYLE, options);
}
