// Initial weights on the page: mount(host, session) shows a session in an element.

import { ComponentView } from "../component_view.js";
import { logSlider, select, slider } from "../controls.js";
import { block, named, paragraph } from "../dom.js";
import { INITIALIZERS } from "../initializers.js";
import { CHART_STYLE, addCurve, makeChart } from "../line_chart.js";
import { format } from "../numbers.js";
import { shape } from "../svg.js";
import { MAX_DEPTH } from "./session.js";
import { BINS, FUNCTIONS, LIMIT, histogram } from "./signal.js";
import { KEPT, describeGradients, describeOutputs } from "./words.js";

const LEVELS = 8; // of darkness
const STYLE = `${CHART_STYLE}
.initialization:not(.compact) .chart { height: clamp(230px, 32cqi, 340px); }
.initialization .status { min-height: 4.2em; }
.cell { fill: #0072b2; shape-rendering: crispEdges; }
.dark .cell { fill: #56b4e9; }
@container (min-width: 700px) {
  .initialization .two-columns { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
`;
const LEGEND = `A network of 100 units in each layer, without biases. Left: the darker, the more outputs; those \
beyond ±${LIMIT} are not shown. Right: inputs, and gradients of the last layer, have standard deviation 1. It keeps \
its size if it ends between the dotted lines, ${KEPT[0]} and ${KEPT[1]}; below it vanishes, above it explodes.`;

function labelsOf(table) {
  return Object.fromEntries(Object.entries(table).map(([name, { label }]) => [name, label]));
}

function powerOfTen(exponent) {
  return `10${String(exponent).replace(/./g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)])}`;
}

class InitializationView extends ComponentView {
  makeParts() {
    const change = (name) => (value) => this.session.change({ [name]: value });
    this.controls = {
      activation: select("Function", labelsOf(FUNCTIONS), change("activation")),
      initializer: select("Weights", labelsOf(INITIALIZERS), change("initializer")),
      scale: logSlider("Scale", [-1, 1, 0.05], change("scale")),
      depth: slider("Layers", [2, MAX_DEPTH, 1], change("depth")),
    };
    const nodes = Object.values(this.controls).map(({ node }) => node);
    for (const node of nodes.slice(2)) node.classList.add("wide");
    this.outputs = named("img", "The distribution of the outputs by layer.", "chart");
    this.sizes = named("img", "The standard deviation of outputs and gradients by layer.", "chart");
    this.title = paragraph("title");
    this.status = paragraph("status");
    return named("region", "Initial weights", "initialization", block("bar", ...nodes),
      block("two-columns", block("", paragraph("title", "Outputs by layer"), this.outputs),
        block("", paragraph("title", "Size of outputs (solid) and gradients (dashed)"), this.sizes)),
      this.title, this.status, paragraph("legend", LEGEND));
  }

  update() {
    const { settings, signal } = this.session;
    for (const [name, control] of Object.entries(this.controls)) control.set(settings[name]);
    this.title.textContent = `Standard deviation of the weights: ${format(signal.deviation)}.`;
    this.status.textContent = `${describeOutputs(signal.outputSizes)} ${describeGradients(signal.gradientSizes)}`;
    const x = { label: "layer", range: [0.5, settings.depth + 0.5], isWhole: true };
    if (this.sizes.clientWidth) this.draw(x, signal); // not hidden, as on another slide
    this.speech.say(`${this.title.textContent} ${this.status.textContent}`);
  }

  draw(x, { outputs, outputSizes, gradientSizes }) {
    const chartIn = (node, y) => {
      const chart = makeChart(node.clientWidth, node.clientHeight, x, { ...y, isWhole: true });
      node.replaceChildren(chart.svg);
      return chart;
    };
    drawHistograms(chartIn(this.outputs, { label: "output", range: [-LIMIT, LIMIT] }), outputs.map(histogram));
    const exponents = [...outputSizes, ...gradientSizes].filter((size) => size > 0).map(Math.log10);
    const range = [Math.floor(Math.min(-2, ...exponents)), Math.ceil(Math.max(2, ...exponents))];
    const chart = chartIn(this.sizes, { label: "standard deviation", range, text: powerOfTen });
    for (const size of KEPT) {
      const y = chart.toY(Math.log10(size));
      chart.svg.append(shape("line", { x1: chart.toX(x.range[0]), x2: chart.toX(x.range[1]), y1: y, y2: y, class: "guide" }));
    }
    drawSizes(chart, outputSizes, "curve", (px, py) => shape("circle", { cx: px, cy: py, r: 4, class: "point" }));
    drawSizes(chart, gradientSizes, "curve second",
      (px, py) => shape("rect", { x: px - 4, y: py - 4, width: 8, height: 8, class: "point other" }));
  }
}

function drawHistograms({ svg, toX, toY }, histograms) {
  const paths = new Array(LEVELS + 1).fill("");
  const top = (bin) => toY(2 * LIMIT * bin / BINS - LIMIT).toFixed(1);
  histograms.forEach((counts, l) => {
    const [left, right] = [toX(l + 0.5).toFixed(1), toX(l + 1.5).toFixed(1)];
    const most = Math.max(1, ...counts);
    counts.forEach((count, bin) => {
      const level = Math.ceil(LEVELS * (count / most) ** 0.4); // makes low counts visible
      paths[level] += `M${left} ${top(bin)}H${right}V${top(bin + 1)}H${left}Z`;
    });
  });
  paths.forEach((d, level) => {
    if (level) svg.append(shape("path", { d, class: "cell", "fill-opacity": level / LEVELS }));
  });
}

// Draw the sizes that a logarithmic axis has: neither 0 nor NaN.
function drawSizes(chart, sizes, className, makePoint) {
  const points = sizes.map((size, l) => [l + 1, Math.log10(size)]).filter(([, exponent]) => Number.isFinite(exponent));
  addCurve(chart, points, className);
  chart.svg.append(...points.map(([x, y]) => makePoint(chart.toX(x), chart.toY(y))));
}

export function mount(host, session, options) {
  return new InitializationView(host, session, STYLE, options);
}
