// A dense network as SVG: units, and an edge for each weight between two that are shown.

import { shape } from "../svg.js";

export const MAX_SHOWN = 12; // units of a layer, with the row of the dots
const HEAD = 22; // pixels
const MAX_RADIUS = 20;
const COUNT = new Intl.NumberFormat("en-US");

export const DIAGRAM_STYLE = `
.diagram { height: clamp(260px, 46cqi, 440px); }
.diagram text { fill: var(--ink); text-anchor: middle; font-size: 13px; font-weight: 600; }
.diagram path { stroke: var(--line); fill: none; }
.diagram circle { stroke-width: 1.5; }
.inputs { fill: #8cd3bd; stroke: #009e73; }
.hidden { fill: #8cbfdc; stroke: #0072b2; }
.outputs { fill: #e8ae8c; stroke: #c94e00; }
.dark .inputs { fill: #0e5c47; }
.dark .hidden { fill: #0d4a70; stroke: #56b4e9; }
.dark .outputs { fill: #7a3710; stroke: #f0823c; }
`;

export function formatCount(number) {
  return COUNT.format(number);
}

// Return the rows of the units that are shown; null is a row of dots.
export function rowsOf(units) {
  if (units <= MAX_SHOWN) return Array.from({ length: units }, (_, unit) => unit);
  const first = MAX_SHOWN / 2;
  const last = Array.from({ length: first - 1 }, (_, i) => units - first + 1 + i);
  return [...Array.from({ length: first }, (_, unit) => unit), null, ...last];
}

export function drawNetwork(sizes, width, height) {
  const svg = shape("svg", { width, height, "aria-hidden": "true" });
  const columns = sizes.map(rowsOf);
  const pitch = width / sizes.length;
  const step = (height - HEAD) / Math.max(4, ...columns.map((rows) => rows.length));
  const radius = Math.min(MAX_RADIUS, 0.4 * step, 0.3 * pitch);
  const middle = HEAD + (height - HEAD) / 2;
  const places = columns.map((rows, column) => rows.map((unit, row) =>
    ({ unit, x: pitch * (column + 0.5), y: middle + (row - (rows.length - 1) / 2) * step })));
  const shown = places.map((column) => column.filter(({ unit }) => unit !== null));
  shown.slice(1).forEach((column, i) => {
    const lines = shown[i].flatMap((from) => column.map((to) => `M${point(from)}L${point(to)}`));
    const thin = lines.length > 60 ? 0.6 : 1;
    svg.append(shape("path", { d: lines.join(""), "stroke-width": thin }));
  });
  places.forEach((column, i) => {
    const className = i === 0 ? "inputs" : i === sizes.length - 1 ? "outputs" : "hidden";
    const { x, y: top } = column[0];
    svg.append(shape("text", { x, y: top - radius - 6 }, formatCount(sizes[i])),
      ...column.map(({ unit, y }) => (unit === null
        ? shape("text", { x, y: y + 5 }, "⋮") : shape("circle", { cx: x, cy: y, r: radius, class: className }))));
  });
  return svg;
}

function point({ x, y }) {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}
