// Activation functions on the page: mount(host, session) shows a session in an element.

import { ACTIVATIONS } from "../activations.js";
import { ComponentView } from "../component_view.js";
import { element, select, slider } from "../dom.js";
import { CHART_STYLE, addCurve, addPoints, followPointer, makeChart } from "../line_chart.js";
import { format } from "../numbers.js";
import { Speech } from "../speech.js";
import { FORMULAS, LIMIT, STEP } from "./session.js";

const MARGIN = 0.05; // of the vertical axis, above and below the curves
const SPEECH = 1000; // milliseconds without a change before a screen reader hears the values
const STYLE = `${CHART_STYLE}
.activations .bar > label { margin-left: 0; }
.activations .bar > .wide { flex: 1; min-width: 160px; }
.activations .check { flex-direction: row; align-items: center; gap: 8px; min-height: 34px; }
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
    this.box = element("input", { type: "checkbox" });
    this.box.addEventListener("change", () => session.change({ derivative: this.box.checked }));
    this.z = slider("z", [-LIMIT, LIMIT, STEP], (z) => session.change({ z }));
    this.z.node.classList.add("wide");
    this.formula = element("p", { className: "title" });
    this.chart = element("div", { className: "chart" });
    followPointer(this.chart, () => this.plot, (z) => this.session.change({ z }));
    this.status = element("p", { className: "status" });
    this.legend = element("p", { className: "legend" });
    this.speech = new Speech(SPEECH);
    const region = { role: "region", "aria-label": "Activation functions" };
    this.node = element("div", { className: "activations", attributes: region },
      element("div", { className: "bar" }, this.menu.node,
        element("label", { className: "check" }, this.box, "Derivative"), this.z.node),
      this.speech.node, this.formula, this.chart, this.status, this.legend);
  }

  update() {
    const { settings, point } = this.session;
    const label = labelOf(settings.function);
    this.menu.set(settings.function);
    this.box.checked = settings.derivative;
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
    this.plot.svg.ariaLabel = `The curve of ${label}${settings.derivative ? " and its derivative" : ""}.`;
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
