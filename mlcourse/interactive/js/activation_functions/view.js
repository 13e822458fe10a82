// Activation functions on the page: mount(host, session) shows a session in an element.

import { ACTIVATIONS } from "../activations.js";
import { ComponentView } from "../component_view.js";
import { checkbox, select, slider } from "../controls.js";
import { block, named, paragraph } from "../dom.js";
import { CHART_STYLE, addCurve, addPoints, followPointer, makeChart } from "../line_chart.js";
import { format } from "../numbers.js";
import { FORMULAS, LIMIT, STEP } from "./session.js";

const MARGIN = 0.05; // of the vertical axis, above and below the curves
const STYLE = `${CHART_STYLE}
.activations .check { min-height: 34px; }
.activations .title { margin-top: 10px; }
@media print { .activations .status { min-height: 0; } }
`;

function labelOf(name) {
  return ACTIVATIONS[name]?.label ?? name;
}

class ActivationFunctionsView extends ComponentView {
  makeParts() {
    const { session } = this;
    const labels = Object.fromEntries(Object.keys(FORMULAS).map((name) => [name, labelOf(name)]));
    this.menu = select("Function", labels, (name) => session.change({ function: name }));
    this.box = checkbox("Derivative", (derivative) => session.change({ derivative }));
    this.z = slider("z", [-LIMIT, LIMIT, STEP], (z) => session.change({ z }));
    this.z.node.classList.add("wide");
    this.formula = paragraph("title");
    this.chart = named("img", "", "chart");
    followPointer(this.chart, () => this.plot, (z) => session.change({ z }));
    this.status = paragraph("status");
    this.legend = paragraph("legend");
    return named("region", "Activation functions", "activations",
      block("bar", this.menu.node, this.box.node, this.z.node), this.formula, this.chart, this.status, this.legend);
  }

  update() {
    const { settings, point } = this.session;
    const label = labelOf(settings.function);
    this.menu.set(settings.function);
    this.box.input.checked = settings.derivative;
    this.z.set(settings.z);
    this.formula.textContent = `${label}: a = ${FORMULAS[settings.function]}`;
    const slope = settings.derivative ? ` Derivative: ${format(point.slope)}.` : "";
    this.status.textContent = `At z = ${format(point.z)}: a = ${format(point.a)}.${slope}`;
    const all = settings.function === "softmax"
      ? " Softmax is computed over all points of the z axis; the activations add up to 1." : "";
    this.legend.textContent = `Solid: activation a.${settings.derivative ? " Dashed: its derivative." : ""} `
      + `Point at the chart, or move the slider, for the values at another z.${all}`;
    this.draw(label);
    this.speech.say(`${label}. ${this.status.textContent}`);
  }

  draw(label) {
    const { curves, settings, point } = this.session;
    const { clientWidth: width, clientHeight: height } = this.chart;
    if (!width) return; // hidden, for example on another slide
    const values = settings.derivative ? [...curves.a, ...curves.slopes] : [...curves.a];
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const margin = MARGIN * (high - low || 1);
    const y = { label: "activation", range: [low - margin, high + margin] };
    this.plot = makeChart(width, height, { label: "z", range: [-LIMIT, LIMIT] }, y);
    this.chart.ariaLabel = `The curve of ${label}${settings.derivative ? " and its derivative" : ""}.`;
    const pairs = (numbers) => Array.from(numbers, (value, i) => [curves.z[i], value]);
    addCurve(this.plot, pairs(curves.a), "curve");
    if (settings.derivative) addCurve(this.plot, pairs(curves.slopes), "curve second");
    addPoints(this.plot, point.z, settings.derivative ? [point.a, point.slope] : [point.a]);
    this.chart.replaceChildren(this.plot.svg);
  }
}

export function mount(host, session, options) {
  return new ActivationFunctionsView(host, session, STYLE, options);
}
