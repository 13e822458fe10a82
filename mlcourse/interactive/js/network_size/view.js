// The size of a network on the page: mount(host, session) shows a session in an element.

import { ComponentView } from "../component_view.js";
import { numberInput, slider } from "../controls.js";
import { block, element, named, paragraph } from "../dom.js";
import { DIAGRAM_STYLE, MAX_SHOWN, drawNetwork, formatCount } from "./diagram.js";
import { MAX_ENDS, MAX_LAYERS, MAX_UNITS } from "./session.js";

const STYLE = `${DIAGRAM_STYLE}
.network-size .two-columns { margin-top: 0; }
.network-size .status { min-height: 0; font-weight: 600; }
.network-size table { width: 100%; }
.network-size th:first-child { text-align: left; }
.compact .diagram { height: 450px; }
`;

class NetworkSizeView extends ComponentView {
  makeParts() {
    const change = (name) => (value) => this.session.change({ [name]: value });
    const ends = { min: 1, max: MAX_ENDS, step: 1 };
    this.controls = {
      inputs: numberInput("Inputs", ends, change("inputs")),
      outputs: numberInput("Outputs", ends, change("outputs")),
      layers: slider("Hidden layers", [0, MAX_LAYERS, 1], change("layers")),
      units: slider("Units in each", [1, MAX_UNITS, 1], change("units")),
    };
    const { inputs, outputs, layers, units } = this.controls;
    this.diagram = named("img", "", "diagram");
    this.status = paragraph("status");
    this.rows = element("tbody");
    this.legend = paragraph("legend");
    const heads = ["Layer", "Weights", "Biases"].map((textContent) => element("th", { textContent, scope: "col" }));
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...heads)), this.rows);
    return named("region", "Size of a network", "network-size",
      block("two-columns", block("", this.diagram, this.status),
        block("side", layers.node, units.node, block("two", inputs.node, outputs.node), table, this.legend)));
  }

  update() {
    const { session } = this;
    const { settings, sizes, totals } = session;
    for (const [name, control] of Object.entries(this.controls)) control.set(settings[name]);
    this.controls.units.input.disabled = !settings.layers;
    const weights = counted(totals.weights, "weight", "weights");
    const biases = counted(totals.biases, "bias", "biases");
    this.status.textContent = `${weights} + ${biases} = ${formatCount(totals.parameters)} parameters.`;
    const last = session.layers.length - 1;
    this.rows.replaceChildren(...session.layers.map((layer, i) => {
      const product = `${formatCount(layer.inputs)} × ${formatCount(layer.units)} = ${formatCount(layer.weights)}`;
      const name = i === last ? "Output" : `Hidden ${i + 1}`;
      return element("tr", {}, element("th", { textContent: name, scope: "row" }),
        ...[product, formatCount(layer.biases)].map((textContent) => element("td", { textContent })));
    }));
    const isCut = Math.max(...sizes) > MAX_SHOWN;
    this.legend.textContent = "Each line is a weight, each unit after the inputs has a bias. "
      + `The numbers above the columns count units.${isCut ? " Dots stand for units that are not shown." : ""}`;
    const { clientWidth: width, clientHeight: height } = this.diagram;
    this.diagram.ariaLabel = `A network of ${sizes.map(formatCount).join(", ")} units. ${this.status.textContent}`;
    if (width) this.diagram.replaceChildren(drawNetwork(sizes, width, height)); // not hidden
    this.speech.say(this.status.textContent);
  }
}

function counted(number, one, many) {
  return `${formatCount(number)} ${number === 1 ? one : many}`;
}

export function mount(host, session, options) {
  return new NetworkSizeView(host, session, STYLE, options);
}
