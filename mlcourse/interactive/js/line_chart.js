// A chart of curves as SVG, with axes whose ticks are round numbers.

import { format } from "./numbers.js";
import { shape } from "./svg.js";

const MARGIN = { left: 58, right: 14, top: 10, bottom: 44 };
const SPACE = 46; // pixels between ticks, at least

export const CHART_STYLE = `
.chart { height: clamp(240px, 46cqi, 420px); }
.chart text { fill: var(--ink); font-size: 13px; font-variant-numeric: tabular-nums; }
.grid { stroke: var(--line); stroke-opacity: 0.35; }
.grid.zero { stroke-opacity: 1; }
.curve { fill: none; stroke: #0072b2; stroke-width: 2.5; }
.second { stroke: #c94e00; stroke-dasharray: 7 5; }
.dark .curve { stroke: #56b4e9; }
.dark .second { stroke: #f0823c; }
.point { fill: #0072b2; stroke: var(--paper); stroke-width: 1.5; }
.point.other { fill: #c94e00; }
.dark .point { fill: #56b4e9; }
.dark .point.other { fill: #f0823c; }
.guide { stroke: var(--ink); stroke-dasharray: 2 3; }
.compact .chart { height: 310px; }
`;

// Return round numbers in an interval, at most `most` of them.
export function ticks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const first = Math.ceil(low / step - 1e-9);
  const n = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: n }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function axisTicks({ range, isWhole }, most) {
  return ticks(...range, most).filter((value) => !isWhole || Number.isInteger(value));
}

// Return an empty chart: the svg, and functions between values and pixels. x, y: {label, range}, and
// optionally isWhole, whether ticks are whole numbers, and text(value), of a tick.
export function makeChart(width, height, x, y) {
  const svg = shape("svg", { width, height, "aria-hidden": "true" });
  const right = width - MARGIN.right;
  const bottom = height - MARGIN.bottom;
  const [left, top] = [MARGIN.left, MARGIN.top];
  const [low, high] = x.range;
  const scale = (right - left) / (high - low);
  const toX = (value) => left + (value - low) * scale;
  const toY = (value) => bottom - (value - y.range[0]) / (y.range[1] - y.range[0]) * (bottom - top);
  const line = (value, ends) => shape("line", { ...ends, class: value ? "grid" : "grid zero" });
  for (const value of axisTicks(x, Math.floor((right - left) / SPACE))) {
    const px = toX(value);
    svg.append(line(value, { x1: px, x2: px, y1: top, y2: bottom }),
      shape("text", { x: px, y: bottom + 17, "text-anchor": "middle" }, format(value)));
  }
  for (const value of axisTicks(y, Math.max(2, Math.floor((bottom - top) / SPACE)))) {
    const py = toY(value);
    svg.append(line(value, { x1: left, x2: right, y1: py, y2: py }),
      shape("text", { x: left - 6, y: py + 4, "text-anchor": "end" }, (y.text ?? format)(value)));
  }
  const middle = (top + bottom) / 2;
  svg.append(
    shape("text", { x: (left + right) / 2, y: height - 8, "text-anchor": "middle" }, x.label),
    shape("text", { x: 14, y: middle, "text-anchor": "middle", transform: `rotate(-90 14 ${middle})` }, y.label));
  return { svg, toX, toY, yRange: y.range, fromX: (px) => low + (px - left) / scale };
}

// Add a curve through points [[x, y], ...] to a chart.
export function addCurve({ svg, toX, toY }, points, className) {
  const path = points.map(([x, y]) => `${toX(x).toFixed(2)},${toY(y).toFixed(2)}`).join(" ");
  svg.append(shape("polyline", { points: path, class: className }));
}

// Mark a value of x by a line through the chart, and points at values of y, of the first curve first.
export function addPoints({ svg, toX, toY, yRange }, x, values) {
  const [y1, y2] = yRange.map(toY);
  const px = toX(x);
  svg.append(shape("line", { x1: px, x2: px, y1, y2, class: "guide" }),
    ...values.map((value, i) => shape("circle", { cx: px, cy: toY(value), r: 6, class: i ? "point other" : "point" })));
}

// Call back with the value of x under the pointer. getChart(): the chart in the node.
export function followPointer(node, getChart, onValue) {
  for (const type of ["pointermove", "pointerdown"]) {
    node.addEventListener(type, ({ clientX }) => {
      const box = node.getBoundingClientRect();
      onValue(getChart().fromX((clientX - box.left) / box.width * node.clientWidth));
    });
  }
}
