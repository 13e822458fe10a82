// Initial weights on the page: mount(host, session) shows a session in an element.

import { ComponentView } from "../component_view.js";
import { labels, logSlider, select, slider } from "../controls.js";
import { block, named, paragraph } from "../dom.js";
import { INITIALIZERS } from "../initializers.js";
import { CHART_STYLE, addCurve, makeChart } from "../line_chart.js";
import { format } from "../numbers.js";
import { shape } from "../svg.js";
import { MAX_DEPTH } from "./session.js";
import { BINS, FUNCTIONS, LIMIT, histogram } from "./signal.js";
import { KEPT, describe } from "./words.js";

const LEVELS = 8; // of darkness
const RADIUS = 4; // of a point
const STYLE = `${CHART_STYLE}
.initialization:not(.compact) .chart { height: clamp(230px, 32cqi, 340px); }
.compact .bar span { white-space: nowrap; }
.cell { stroke: none; shape-rendering: crispEdges; }
@container (min-width: 700px) {
  .initialization .two-columns { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
`;
const LEGEND = `100 units in each layer. Outputs: a stronger color for more of them, those beyond ±${LIMIT} are not \
shown. Sizes: both are about 1 at the start, the gradient in the last layer, and keep their size if they end between \
${KEPT[0]} and ${KEPT[1]} (dotted).`;

function powerOfTen(exponent) {
  return `10${String(exponent).replace(/./g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)])}`;
}

class InitializationView extends ComponentView {
  makeParts() {
    const change = (name) => (value) => this.session.change({ [name]: value });
    this.controls = {
      activation: select("Function", labels(FUNCTIONS), change("activation")),
      initializer: select("Weights", labels(INITIALIZERS), change("initializer")),
      scale: logSlider("Scale", [-1, 1, 0.05], change("scale")),
      depth: slider("Layers", [2, MAX_DEPTH, 1], change("depth")),
    };
    const nodes = Object.values(this.controls).map(({ node }) => node);
    for (const node of nodes.slice(2)) node.classList.add("wide");
    this.outputs = named("img", "The distribution of the outputs by layer.", "chart");
    this.sizes = named("img", "The standard deviation of outputs and gradients by layer.", "chart");
    this.title = paragraph("title");
    this.status = paragraph("status");
    const column = (title, chart) => block("", paragraph("title", title), chart);
    return named("region", "Initial weights", "initialization", block("bar", ...nodes),
      block("two-columns", column("Outputs by layer", this.outputs),
        column("Size of outputs (solid) and gradients (dashed)", this.sizes)),
      this.title, this.status, paragraph("legend", LEGEND));
  }

  update() {
    const { settings, signal } = this.session;
    for (const [name, control] of Object.entries(this.controls)) control.set(settings[name]);
    const { deviation, outputSizes, gradientSizes } = signal;
    this.title.textContent = `Standard deviation of the weights: ${format(deviation)}.`;
    this.status.textContent = `${describe("signal", outputSizes)} ${describe("gradient", gradientSizes, true)}`;
    if (this.sizes.clientWidth) this.draw(settings.depth, signal); // not hidden, as on another slide
    this.speech.say(`${this.title.textContent} ${this.status.textContent}`);
  }

  draw(depth, { outputs, outputSizes, gradientSizes }) {
    const x = { label: "layer", range: [0.5, depth + 0.5], isWhole: true };
    const chartIn = (node, y) => {
      const chart = makeChart(node.clientWidth, node.clientHeight, x, { ...y, isWhole: true });
      node.replaceChildren(chart.svg);
      return chart;
    };
    drawHistograms(chartIn(this.outputs, { label: "output", range: [-LIMIT, LIMIT] }), outputs.map(histogram));
    const curves = [outputSizes, gradientSizes].map((sizes) =>
      sizes.map((size, l) => [l + 1, Math.log10(size)]).filter(([, exponent]) => Number.isFinite(exponent)));
    const exponents = curves.flat().map(([, exponent]) => exponent);
    const range = [Math.floor(Math.min(-2, ...exponents)), Math.ceil(Math.max(2, ...exponents))];
    const chart = chartIn(this.sizes, { label: "standard deviation", range, text: powerOfTen });
    for (const size of KEPT) addCurve(chart, x.range.map((end) => [end, Math.log10(size)]), "guide");
    curves.forEach((points, i) => {
      addCurve(chart, points, i ? "curve second" : "curve");
      const size = { width: 2 * RADIUS, height: 2 * RADIUS };
      const attributes = { ...size, rx: i ? 0 : RADIUS, class: i ? "point other" : "point" };
      chart.svg.append(...points.map(([layer, exponent]) =>
        shape("rect", { x: chart.toX(layer) - RADIUS, y: chart.toY(exponent) - RADIUS, ...attributes })));
    });
  }
}

function drawHistograms({ svg, toX, toY }, histograms) {
  const paths = new Array(LEVELS + 1).fill("");
  const edge = (bin) => toY(LIMIT * (2 * bin / BINS - 1)).toFixed(1);
  histograms.forEach((counts, l) => {
    const [left, right] = [toX(l + 0.5).toFixed(1), toX(l + 1.5).toFixed(1)];
    const most = Math.max(1, ...counts);
    counts.forEach((count, bin) => {
      const level = Math.ceil(LEVELS * (count / most) ** 0.4); // makes low counts visible
      if (count) paths[level] += `M${left} ${edge(bin)}H${right}V${edge(bin + 1)}H${left}Z`;
    });
  });
  svg.append(...paths.map((d, level) => shape("path", { d, class: "point cell", "fill-opacity": level / LEVELS })));
}

export function mount(host, session, options) {
  return new InitializationView(host, session, STYLE, options);
}
