// Back-propagation on the page: mount(host, session) shows a session in an element.

import { ComponentView } from "../component_view.js";
import { button, logSlider, numbered, numberInput, select } from "../controls.js";
import { alert, block, element, group, named, paragraph } from "../dom.js";
import { format } from "../numbers.js";
import { StepBar } from "../step_bar.js";
import { foldedTable, makeTable } from "../table.js";
import { indexOf, productOf } from "./chain.js";
import { Diagram } from "./diagram.js";
import { spoken } from "./spoken.js";
import { STYLE } from "./style.js";
import { factorSymbols, product, sentences, weightSymbol } from "./words.js";

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
    this.bar = new StepBar(session, "Step", 0);
    this.problem = alert();
    this.sentence = block("sentence");
    this.table = foldedTable("All gradients as a table",
      ["Parameter", "Value", "Gradient", "Finite difference"], () => this.gradientRows(), spoken);
    this.example = group("Example");
    return named("region", "Back-propagation step by step", "backpropagation", this.bar.node, this.problem.node,
      block("two-columns",
        block("", this.sentence, this.diagram.node, paragraph("legend", LEGEND), this.table.node),
        block("side", this.makeChainRule(), this.makeUpdate(), this.example)));
  }

  makeChainRule() {
    const { session } = this;
    const choose = (part) => (index) => {
      const weight = session.weight.map((number) => number + 1);
      weight[part] = Number(index) + 1;
      const { inputs, units } = session.network.layers[weight[0] - 1];
      const isBias = part === 1 && weight[1] > inputs && session.settings.biases[weight[0] - 1];
      weight[1] = Math.min(weight[1], inputs + (isBias ? 1 : 0));
      weight[2] = Math.min(weight[2], units);
      session.change({ weight });
    };
    this.choices = ["Layer", "From", "To"].map((label, part) => select(label, {}, choose(part)));
    this.value = numberInput("Weight", { step: "any" }, (value) => session.setWeight(value));
    this.factors = block("factors");
    return group("Chain rule of one weight",
      block("row", ...[...this.choices, this.value].map(({ node }) => node)), this.factors);
  }

  makeUpdate() {
    const { session } = this;
    this.rate = logSlider("Learning rate", [-4, 1, 0.05], (rate) => session.change({ learning_rate: rate }));
    this.loss = paragraph("status");
    this.apply = button("Update all weights", () => session.setParams(session.updated.params));
    return group("Update", this.rate.node, this.loss,
      block("bar", this.apply, button("Reset weights", () => session.setParams(session.first))));
  }

  onResize() {
    this.built = null;
    super.onResize();
  }

  // Make the parts that depend on the network's size.
  build() {
    const { session } = this;
    const { network, settings } = session;
    this.built = network;
    this.diagram.build(network);
    const number = (label, name, i) =>
      numberInput(label, { step: "any" }, (value) => session.setNumber(name, i, value));
    this.x = settings.x.map((_, i) => number(`x${i + 1}`, "x", i));
    const classes = Object.fromEntries(settings.y.map((_, i) => [i, `class ${i}`]));
    const setClass = (label) => session.change({ y: settings.y.map((_, i) => Number(i === Number(label))) });
    this.y = network.output === "softmax" ? [select("Target y", classes, setClass)]
      : settings.y.map((_, i) => number(`Target y${settings.y.length > 1 ? i + 1 : ""}`, "y", i));
    const note = settings.note ? [paragraph("legend", `x after ${settings.note}`)] : [];
    this.example.replaceChildren(element("legend", { textContent: "Example" }), ...note,
      block("row", ...[...this.x, ...this.y].map(({ node }) => node)));
  }

  update() {
    const { session } = this;
    if (this.built !== session.network) this.build();
    const { settings, steps, step } = session;
    this.problem.show(session.problem);
    this.bar.set(settings.step, steps.length, session.running);
    this.apply.disabled = Boolean(session.problem);
    this.x.forEach((input, i) => input.set(settings.x[i]));
    const label = settings.y.indexOf(Math.max(...settings.y));
    if (session.network.output === "softmax") this.y[0].set(label);
    else this.y.forEach((input, i) => input.set(settings.y[i]));
    this.rate.set(settings.learning_rate);
    this.loss.textContent = `Loss: ${format(session.run.loss)}; after the update: ${format(session.updated.loss)}.`;
    const lines = sentences(session, step);
    this.sentence.replaceChildren(...lines.map((text, i) => paragraph(i ? "" : "title", text)));
    this.diagram.show(session);
    this.updateChainRule();
    this.table.update();
    this.speech.say(spoken(lines.join(". ")));
  }

  updateChainRule() {
    const { network, settings, weight, factors: list, run } = this.session;
    const [layer] = weight;
    const { inputs, units } = network.layers[layer];
    const from = numbered(inputs, layer ? "unit " : "input ");
    if (settings.biases[layer]) from[inputs] = "bias";
    const options = [numbered(network.layers.length), from, numbered(units, "unit ")];
    this.choices.forEach((choice, part) => choice.fill(options[part], weight[part]));
    this.value.set(Number(network.params[indexOf(network, weight)].toPrecision(6)));
    const gradient = run.gradients[indexOf(network, weight)];
    const difference = this.session.differenceOf(weight);
    const symbols = factorSymbols(network, list, weight);
    const rows = list.map(({ values }, i) => [symbols[i], Array.from(values, format).join(", ")]);
    const result = `∂L / ∂${weightSymbol(network, weight)}`;
    this.factors.replaceChildren(makeTable(["Factor", "Value"], [
      ...rows, [result, `${product(list)} = ${format(productOf(list))}`], ["Finite difference", format(difference)],
    ], spoken), element("p", { textContent: agreement(gradient, difference) }));
  }

  gradientRows() {
    const { session } = this;
    const { network, run } = session;
    return session.steps.filter(({ kind }) => kind === "edge").map(({ layer, input, unit }) => {
      const weight = [layer, input, unit];
      const index = indexOf(network, weight);
      const numbers = [network.params[index], run.gradients[index], session.differenceOf(weight)];
      return [weightSymbol(network, weight), ...numbers.map(format)];
    });
  }
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
