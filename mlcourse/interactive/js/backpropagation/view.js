// Back-propagation on the page: mount(host, session) shows a session in an element.

import { ComponentView } from "../component_view.js";
import { button, element, fill, group, logSlider, numberInput, select, slider } from "../dom.js";
import { format } from "../numbers.js";
import { Speech } from "../speech.js";
import { indexOf, productOf } from "./chain.js";
import { Diagram } from "./diagram.js";
import { STYLE } from "./style.js";
import { factorSymbols, product, sentences, weightSymbol } from "./words.js";

const SPEECH = 600; // milliseconds without a change before a screen reader hears the step
const AGREEMENT = 1e-6; // of a gradient and its finite difference
const LEGEND = "In a unit: its output. Below it: δ = ∂L/∂z. Blue, dashed edges: negative weights. "
  + "Point at an edge for its chain rule, click to keep it.";

class BackpropagationView extends ComponentView {
  makeParts() {
    const { session } = this;
    this.diagram = new Diagram({
      onPoint: (weight) => session.point(weight),
      onSelect: (weight) => session.change({ weight: weight.map((number) => number + 1) }),
    });
    this.speech = new Speech(SPEECH);
    this.problem = element("p", { className: "problem", hidden: true, attributes: { role: "alert" } });
    this.sentence = element("div", { className: "sentence" });
    this.table = element("details", {}, element("summary", { textContent: "All gradients as a table" }));
    this.table.addEventListener("toggle", () => this.fillTable());
    this.example = group("Example");
    const region = { role: "region", "aria-label": "Back-propagation step by step" };
    this.node = element("div", { className: "backpropagation", attributes: region },
      this.makeBar(), this.problem, this.speech.node,
      element("div", { className: "two-columns" },
        element("div", {}, this.sentence, this.diagram.node,
          element("p", { className: "legend", textContent: LEGEND }), this.table),
        element("div", { className: "side" }, this.makeChainRule(), this.makeUpdate(), this.example)));
  }

  makeBar() {
    const { session } = this;
    const move = (change) => () => session.move(session.settings.step + change);
    this.play = button("Play", () => session.play(), { className: "main" });
    this.back = button("Back", move(-1));
    this.next = button("Next", move(1));
    this.scrub = slider("Step", [0, 1, 1], (step) => session.move(step));
    this.scrub.node.classList.add("wide");
    return element("div", { className: "bar", attributes: { role: "group", "aria-label": "Steps" } },
      this.play, this.back, this.next, this.scrub.node);
  }

  makeChainRule() {
    const { session } = this;
    const choose = (part) => (value) => {
      const weight = session.weight.map((number) => number + 1);
      weight[part] = Number(value);
      const { layers } = session.network;
      const { inputs, units } = layers[weight[0] - 1];
      const isBias = weight[1] > inputs;
      const hasBias = session.settings.biases[weight[0] - 1];
      weight[1] = Math.min(weight[1], inputs + (isBias && hasBias && part === 1 ? 1 : 0));
      weight[2] = Math.min(weight[2], units);
      session.change({ weight });
    };
    this.choices = [select("Layer", {}, choose(0)), select("From", {}, choose(1)), select("To", {}, choose(2))];
    this.value = numberInput("Weight", { step: "any" }, (value) => session.setWeight(value));
    this.factors = element("div", { className: "factors" });
    return group("Chain rule of one weight",
      element("div", { className: "three" }, ...this.choices.map(({ node }) => node)), this.value.node, this.factors);
  }

  makeUpdate() {
    const { session } = this;
    this.rate = logSlider("Learning rate", [-4, 1, 0.05], (rate) => session.change({ learning_rate: rate }));
    this.loss = element("p", { className: "status" });
    this.apply = button("Update all weights", () => session.setParams(session.updated.params));
    return group("Update", this.rate.node, this.loss, element("div", { className: "bar" }, this.apply,
      button("Reset weights", () => session.setParams(session.first))));
  }

  onResize() {
    if (!this.node.clientWidth) return; // hidden, for example on another slide
    this.built = null;
    this.update();
  }

  // Make the parts that depend on the network's size.
  build() {
    const { session } = this;
    const { network, settings } = session;
    this.built = network;
    this.diagram.build(network);
    Object.assign(this.scrub.input, { max: session.steps.length - 1 });
    const number = (label, name, i) =>
      numberInput(label, { step: "any" }, (value) => session.setNumber(name, i, value));
    this.x = settings.x.map((_, i) => number(`x${i + 1}`, "x", i));
    const classes = Object.fromEntries(settings.y.map((_, i) => [i, `class ${i}`]));
    const setClass = (label) => session.change({ y: settings.y.map((_, i) => Number(i === Number(label))) });
    this.y = network.output === "softmax" ? [select("Target y", classes, setClass)]
      : settings.y.map((_, i) => number(`Target y${settings.y.length > 1 ? i + 1 : ""}`, "y", i));
    const note = settings.note ? [element("p", { className: "legend", textContent: `x after ${settings.note}` })] : [];
    this.example.replaceChildren(element("legend", { textContent: "Example" }), ...note,
      element("div", { className: "three" }, ...[...this.x, ...this.y].map(({ node }) => node)));
  }

  update() {
    const { session } = this;
    if (this.built !== session.network) this.build();
    const { settings, steps, step } = session;
    this.problem.hidden = !session.problem;
    this.problem.textContent = session.problem;
    this.play.textContent = session.running ? "Pause" : "Play";
    this.back.disabled = settings.step <= 0;
    this.next.disabled = settings.step >= steps.length - 1;
    this.apply.disabled = Boolean(session.problem);
    this.scrub.set(settings.step);
    this.x.forEach((input, i) => input.set(settings.x[i]));
    const label = settings.y.indexOf(Math.max(...settings.y));
    if (session.network.output === "softmax") this.y[0].set(String(label));
    else this.y.forEach((input, i) => input.set(settings.y[i]));
    this.rate.set(settings.learning_rate);
    this.loss.textContent = `Loss: ${format(session.run.loss)}; after the update: ${format(session.updated.loss)}.`;
    const lines = sentences(session, step);
    const paragraph = (text, i) => element("p", { className: i ? "" : "title", textContent: text });
    this.sentence.replaceChildren(...lines.map(paragraph));
    this.diagram.show(session);
    this.updateChainRule();
    this.fillTable();
    this.speech.say(lines.join(". "));
  }

  updateChainRule() {
    const { network, settings, weight, factors: list, run } = this.session;
    const [layer] = weight;
    const { inputs, units } = network.layers[layer];
    const from = numbered(inputs, layer ? "unit " : "input ");
    if (settings.biases[layer]) from[inputs + 1] = "bias";
    const options = [numbered(network.layers.length, ""), from, numbered(units, "unit ")];
    this.choices.forEach((choice, part) => fill(choice, options[part], weight[part] + 1));
    this.value.set(Number(network.params[indexOf(network, weight)].toPrecision(6)));
    const gradient = run.gradients[indexOf(network, weight)];
    const difference = this.session.differenceOf(weight);
    const symbols = factorSymbols(network, list, weight);
    const rows = list.map(({ values }, i) => [symbols[i], Array.from(values, format).join(", ")]);
    const result = `∂L / ∂${weightSymbol(network, weight)}`;
    this.factors.replaceChildren(makeTable(["Factor", "Value"], [
      ...rows, [result, `${product(list)} = ${format(productOf(list))}`], ["Finite difference", format(difference)],
    ]), element("p", { textContent: agreement(gradient, difference) }));
  }

  fillTable() {
    if (!this.table.open) return;
    const { session } = this;
    const { network, run } = session;
    const rows = session.steps.filter(({ kind }) => kind === "edge").map(({ layer, input, unit }) => {
      const weight = [layer, input, unit];
      const index = indexOf(network, weight);
      const numbers = [network.params[index], run.gradients[index], session.differenceOf(weight)];
      return [weightSymbol(network, weight), ...numbers.map(format)];
    });
    this.table.querySelector(".table")?.remove();
    const box = { className: "table", tabIndex: 0, attributes: { role: "region", "aria-label": "All gradients" } };
    this.table.append(element("div", box, makeTable(["Parameter", "Value", "Gradient", "Finite difference"], rows)));
  }
}

// Return options of a menu: 1 to n.
function numbered(n, prefix) {
  return Object.fromEntries(Array.from({ length: n }, (_, i) => [i + 1, `${prefix}${i + 1}`]));
}

function makeTable(heads, rows) {
  const row = (tag, texts) => element("tr", {}, ...texts.map((text) => element(tag, { textContent: text })));
  return element("table", {}, element("thead", {}, row("th", heads)),
    element("tbody", {}, ...rows.map((texts) => row("td", texts))));
}

// Say whether a gradient and its finite difference agree.
function agreement(gradient, difference) {
  const apart = Math.abs(gradient - difference);
  if (!Number.isFinite(apart)) return "";
  const size = apart ? apart.toExponential(0).replace("-", "−") : "0";
  if (apart <= AGREEMENT * Math.max(1, Math.abs(gradient))) return `The gradient is right: they differ by ${size}.`;
  return `They differ by ${size}: the loss has a corner here, or is too large for a finite difference.`;
}

export function mount(host, session, options) {
  return new BackpropagationView(host, session, STYLE, options);
}
