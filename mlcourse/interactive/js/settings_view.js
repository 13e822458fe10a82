// The controls of a playground's settings, and the editor of one's own points.

import { ACTIVATIONS } from "./activations.js";
import { button, checkbox, labels, numberInput, numberMenu, select, slider } from "./controls.js";
import { alert, block, element, group, named, paragraph } from "./dom.js";
import { INITIALIZERS } from "./initializers.js";
import { FEATURES, POINTS, parseCsv } from "./points.js";
import { RULES } from "./rules.js";
import { LOSS_NAMES } from "./settings.js";

const RATES = [0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const HELP = "Click on the map of the output, or give coordinates. "
  + "Arrow keys on the map move the cross, Enter adds a point there.";
const PENALTIES = [0, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1];

export class SettingsView {
  constructor(session) {
    this.session = session;
    const set = (key) => (value) => session.change({ [key]: value });
    const points = { ...labels(POINTS), own: "my own points" };
    this.controls = {
      points: select("Points", points, (value) => this.choosePoints(value)),
      n_samples: slider("Total points", [20, 500, 10], set("n_samples")),
      noise: slider("Noise", [0, 1, 0.05], set("noise")),
      test_fraction: slider("Test fraction", [0, 0.8, 0.1], set("test_fraction")),
      seed: numberInput("Seed", { min: 0, max: 9999, step: 1 }, set("seed")),
      activation: select("Activation", labels(ACTIVATIONS), set("activation")),
      initializer: select("Initial weights", labels(INITIALIZERS), set("initializer")),
      dropout: slider("Dropout", [0, 0.8, 0.1], set("dropout")),
      loss: select("Loss", LOSS_NAMES, set("loss")),
      optimizer: select("Optimizer", labels(RULES), set("optimizer")),
      learning_rate: numberMenu("Learning rate", RATES, set("learning_rate")),
      batch_size: slider("Batch size", [1, 100, 1], set("batch_size")),
      l1: numberMenu("L1 penalty", PENALTIES, set("l1")),
      l2: numberMenu("L2 penalty", PENALTIES, set("l2")),
    };
    const nodes = (...keys) => block("two", ...keys.map((key) => this.controls[key].node));
    this.own = new OwnPoints(session);
    this.node = block("settings",
      group("Data", nodes("points", "n_samples", "noise", "test_fraction", "seed"), this.own.node),
      group("Network", this.makeFeatures(), nodes("activation", "initializer", "dropout")),
      group("Training", nodes("loss", "optimizer", "learning_rate", "batch_size", "l1", "l2")));
  }

  makeFeatures() {
    this.features = Object.entries(FEATURES).map(([value, { label }]) =>
      checkbox(label, () => this.changeFeatures(), { value }));
    return named("group", "Features", "bar features", ...this.features.map(({ node }) => node));
  }

  changeFeatures() {
    const features = this.features.filter(({ input }) => input.checked).map(({ input }) => input.value);
    if (features.length) this.session.change({ features });
    else this.update(); // a network needs an input
  }

  choosePoints(value) {
    if (value === "own") this.own.start();
    else this.session.change({ points: value });
  }

  update() {
    const { settings, classes } = this.session.trainer;
    for (const [key, control] of Object.entries(this.controls)) control.set(settings[key]);
    for (const { input } of this.features) input.checked = settings.features.includes(input.value);
    const isOwn = settings.points === "own";
    for (const key of ["n_samples", "noise"]) this.controls[key].node.hidden = isOwn;
    this.controls.loss.node.hidden = !classes;
    this.own.node.hidden = !isOwn;
    this.own.update();
  }
}

// Points added by a click on the map, by coordinates, or from CSV.
class OwnPoints {
  constructor(session) {
    this.session = session;
    this.label = select("Class of new points", { 0: "0: circle", 1: "1: square", 2: "2: triangle" }, () => {});
    this.x1 = numberInput("x₁", { step: "any", value: 0 }, () => session.update());
    this.x2 = numberInput("x₂", { step: "any", value: 0 }, () => session.update());
    this.count = paragraph("");
    this.csv = element("textarea", { ariaLabel: "Lines of x1, x2, class", spellcheck: false });
    this.message = alert();
    const file = element("input", { type: "file", accept: ".csv,.txt", ariaLabel: "Read a CSV file" });
    file.addEventListener("change", async () => {
      if (file.files[0]) this.csv.value = await file.files[0].text();
      this.useCsv();
    });
    this.node = block("own", paragraph("", HELP),
      block("two", this.label.node, this.x1.node, this.x2.node),
      block("bar",
        button("Add point", () => this.add(...this.cursor)),
        button("Remove last", () => this.use(this.points.slice(0, -1))),
        button("Remove all but two", () => this.use(this.firstOfTwoClasses()))),
      this.count,
      element("details", {}, element("summary", { textContent: "From CSV" }), this.csv,
        block("bar", button("Use these points", () => this.useCsv()), file)),
      this.message.node);
  }

  get points() {
    return this.session.trainer.settings.own_points;
  }

  get cursor() {
    return [Number(this.x1.input.value), Number(this.x2.input.value)];
  }

  moveCursor(x1, x2) {
    this.x1.set(Number(x1.toFixed(3)));
    this.x2.set(Number(x2.toFixed(3)));
  }

  // Begin with the points that are shown, or with two of them in regression.
  start() {
    const { data, classes } = this.session.trainer;
    const rows = Array.from(data.y, (label, i) => [data.x[2 * i], data.x[2 * i + 1], label]);
    const points = classes ? rows.slice(0, 500) : [[-1, 0, 0], [1, 0, 1]];
    this.session.change({ points: "own", own_points: points });
  }

  add(x1, x2) {
    if (!Number.isFinite(x1) || !Number.isFinite(x2)) return;
    this.use([...this.points, [x1, x2, Number(this.label.input.value)]]);
  }

  firstOfTwoClasses() {
    const { points } = this;
    return [points[0], points.find((row) => row[2] !== points[0][2]) ?? points[1]];
  }

  use(points) {
    this.message.show(points.length >= 2 ? "" : "There must be at least 2 points.");
    if (points.length >= 2) this.session.change({ points: "own", own_points: points });
  }

  useCsv() {
    try {
      this.use(parseCsv(this.csv.value));
    } catch (error) {
      this.message.show(error.message);
    }
  }

  update() {
    if (this.node.hidden) return;
    const counts = [0, 0, 0];
    for (const row of this.points) counts[row[2]]++;
    const parts = counts.map((n, label) => `${n} of class ${label}`);
    this.count.textContent = `${this.points.length} points: ${parts.join(", ")}.`;
  }
}
