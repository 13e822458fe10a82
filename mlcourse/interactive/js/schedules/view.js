// A learning-rate schedule on the page: mount(host, session) shows a session in an element.

import { ComponentView } from "../component_view.js";
import { select, slider } from "../controls.js";
import { block, element, named, paragraph } from "../dom.js";
import { CHART_STYLE, addCurve, addPoints, followPointer, makeChart } from "../line_chart.js";
import { format } from "../numbers.js";
import { CYCLES, MAX_LEARNING_RATE, PARAMETERS, SCHEDULES, STEPS } from "./schedules.js";

const STYLE = `${CHART_STYLE}
.schedules sup { font-size: 0.7em; line-height: 0; }
.schedules .status { min-height: 0; }
.schedules code { display: block; font-size: 13px; overflow-wrap: anywhere; }
`;

class SchedulesView extends ComponentView {
  makeParts() {
    this.menu = this.makeMenu("Schedule", Object.keys(SCHEDULES), "schedule");
    const sliders = Object.entries(PARAMETERS).map(([name, [label, low, high, step]]) =>
      [name, slider(label, [low, high, step], (value) => this.session.change({ [name]: value }))]);
    const { step, ...parameters } = Object.fromEntries(sliders);
    this.step = step;
    this.parameters = { ...parameters, mode: this.makeMenu("Cycles", CYCLES, "mode") };
    this.formula = paragraph("title");
    this.chart = named("img", "", "chart");
    followPointer(this.chart, () => this.plot, (step) => this.session.change({ step }));
    this.status = paragraph("status");
    this.legend = paragraph("legend");
    this.code = element("code");
    this.side = block("side");
    return named("region", "Learning-rate schedule", "schedules", block("bar", this.menu.node),
      block("two-columns", block("", this.formula, this.chart, this.step.node, this.status),
        block("side", this.side, this.legend, this.code)));
  }

  makeMenu(label, names, setting) {
    const options = Object.fromEntries(names.map((name) => [name, name]));
    return select(label, options, (value) => this.session.change({ [setting]: value }));
  }

  update() {
    const { session } = this;
    const { settings, schedule, rates } = session;
    this.menu.set(settings.schedule);
    this.step.set(settings.step);
    this.showParameters();
    this.formula.replaceChildren(...withExponents(`Learning rate: ${schedule.formula}`));
    const label = settings.schedule.replaceAll("_", " ");
    this.status.textContent = `At step ${settings.step}: learning rate ${format(rates[settings.step])}.`;
    this.legend.textContent = `${schedule.symbols ?? ""} Point at the chart, or move the slider, for another step.`;
    const [name, values] = session.code.split("(");
    this.code.replaceChildren(`${name}(`, element("wbr"), values);
    this.draw(label, rates);
    this.speech.say(`${label}. ${this.status.textContent}`);
  }

  // Show the controls of the parameters that change the curve; the focus stays.
  showParameters() {
    const { parameters, settings } = this.session;
    const nodes = parameters.map((name) => this.parameters[name].node);
    for (const node of [...this.side.children]) if (!nodes.includes(node)) node.remove();
    nodes.forEach((node, i) => {
      if (this.side.children[i] !== node) this.side.insertBefore(node, this.side.children[i] ?? null);
    });
    for (const name of parameters) this.parameters[name].set(settings[name]);
  }

  draw(label, rates) {
    const { step } = this.session.settings;
    const { clientWidth: width, clientHeight: height } = this.chart;
    if (!width) return; // hidden, for example on another slide
    const y = { label: "learning rate", range: [0, 1.05 * MAX_LEARNING_RATE] };
    this.plot = makeChart(width, height, { label: "step", range: [0, STEPS - 1] }, y);
    this.chart.ariaLabel = `The learning rate by step of ${label}.`;
    addCurve(this.plot, rates.map((rate, i) => [i, rate]), "curve");
    addPoints(this.plot, step, [rates[step]]);
    this.chart.replaceChildren(this.plot.svg);
  }
}

// Return a text as nodes, ^{...} as exponents.
function withExponents(text) {
  return text.split(/\^\{(.+?)\}/).map((part, i) => (i % 2 ? element("sup", { textContent: part }) : part));
}

export function mount(host, session, options) {
  return new SchedulesView(host, session, STYLE, options);
}
