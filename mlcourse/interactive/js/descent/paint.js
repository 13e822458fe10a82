// The contours of a surface and the paths on it, painted on canvases.

import { prepare } from "../pixels.js";
import { lowest } from "./surfaces.js";

const LEVELS = 25;
const DECADES = 5; // from the lowest to the highest contour
const HEIGHTS = [[255, 255, 255], [201, 214, 223], [141, 163, 179]];
const LINE = [95, 116, 130];
export const COLORS = ["#0072B2", "#D55E00", "#00795A", "#A3457F", "#8A5E00", "#1A1A1A"];
const INK = "#1a1a1a";

function mix(from, to, t) {
  return from.map((value, i) => value + t * (to[i] - value));
}

function heightColor(fraction) {
  return fraction < 0.5 ? mix(HEIGHTS[0], HEIGHTS[1], 2 * fraction) : mix(HEIGHTS[1], HEIGHTS[2], 2 * fraction - 1);
}

// Return log10 of the height above the minima at each pixel, from 0 at the lowest contour to LEVELS.
function levelsOf(surface, width, height) {
  const [left, right, bottom, top] = surface.frame;
  const base = lowest(surface);
  const values = new Float64Array(width * height);
  let highest = 0;
  for (let row = 0; row < height; row++) {
    const y = top - (row + 0.5) / height * (top - bottom);
    for (let column = 0; column < width; column++) {
      const x = left + (column + 0.5) / width * (right - left);
      const value = surface.height(x, y) - base;
      values[row * width + column] = value;
      if (value > highest) highest = value;
    }
  }
  const low = highest / 10 ** DECADES;
  let least = Infinity;
  for (const value of values) least = Math.min(least, value);
  const begin = Math.log10(Math.max(least, low));
  const scale = LEVELS / (Math.log10(highest) - begin);
  for (let i = 0; i < values.length; i++) {
    values[i] = (Math.log10(Math.max(values[i], low)) - begin) * scale;
  }
  return values;
}

// Paint filled contours with thin lines between them, as plot_optimizers does.
export function paintContours(canvas, surface) {
  const { context } = prepare(canvas);
  const { width, height } = canvas;
  if (!width || !height) return;
  const levels = levelsOf(surface, width, height);
  const colors = Array.from({ length: LEVELS + 1 }, (_, i) => heightColor(Math.min(i / (LEVELS - 1), 1)));
  const image = context.createImageData(width, height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const i = row * width + column;
      const level = levels[i];
      const across = levels[column + 1 < width ? i + 1 : i - 1] - level;
      const down = levels[row + 1 < height ? i + width : i - width] - level;
      const slope = Math.hypot(across, down);
      const distance = slope ? Math.abs(level - Math.round(level)) / slope : 1; // pixels to a contour
      const line = 0.75 * Math.max(0, 1 - distance) * Math.min(1, 0.4 / slope || 0);
      const color = colors[Math.floor(level)];
      for (let k = 0; k < 3; k++) image.data[4 * i + k] = color[k] + line * (LINE[k] - color[k]);
      image.data[4 * i + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

// Return functions between a surface's coordinates and pixels of a canvas.
export function placing(surface, width, height) {
  const [left, right, bottom, top] = surface.frame;
  return {
    toPixel: (x, y) => [(x - left) / (right - left) * width, (top - y) / (top - bottom) * height],
    toPoint: (px, py) => [left + px / width * (right - left), top - py / height * (top - bottom)],
  };
}

// Paint ticks, minima, the start and the first `shown` steps of each path.
export function paintPaths(canvas, surface, start, descents, shown) {
  const { context, width, height } = prepare(canvas);
  const { toPixel } = placing(surface, width, height);
  paintTicks(context, surface, width, height, toPixel);
  for (const minimum of surface.minima) paintStar(context, ...toPixel(...minimum), 9);
  descents.forEach(({ path, divergedAt }, number) => {
    const last = Math.min(shown, (divergedAt ?? path.length / 2) - 1);
    const points = Array.from({ length: last + 1 }, (_, t) => toPixel(path[2 * t], path[2 * t + 1]));
    paintPath(context, points, number);
  });
  paintStart(context, ...toPixel(...start));
}

function paintTicks(context, { frame: [left, right, bottom, top] }, width, height, toPixel) {
  context.font = "12px system-ui, sans-serif";
  context.fillStyle = context.strokeStyle = INK;
  context.lineWidth = 1;
  context.beginPath();
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  for (const x of ticks(left, right)) {
    const [px] = toPixel(x, bottom);
    context.moveTo(px, height);
    context.lineTo(px, height - 5);
    if (px > 12 && px < width - 30) haloText(context, String(x), px, height - 8);
  }
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const y of ticks(bottom, top)) {
    const [, py] = toPixel(left, y);
    context.moveTo(0, py);
    context.lineTo(5, py);
    if (py > 24 && py < height - 26) haloText(context, String(y), 8, py);
  }
  context.stroke();
  haloText(context, "y", 8, 12);
  context.textAlign = "right";
  haloText(context, "x", width - 8, height - 12);
}

function ticks(low, high) {
  const step = high - low > 8 ? 2 : 1;
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.floor((high - first) / step) + 1 }, (_, i) => first + i * step);
}

function haloText(context, text, x, y) {
  context.save();
  context.lineWidth = 3;
  context.strokeStyle = "white";
  context.strokeText(text, x, y);
  context.restore();
  context.fillText(text, x, y);
}

function paintPath(context, points, number) {
  const color = COLORS[number];
  context.lineJoin = "round";
  for (const [style, width] of [["white", 4.5], [color, 2]]) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    for (const point of points) context.lineTo(...point);
    context.stroke();
  }
  context.fillStyle = color;
  context.beginPath();
  for (const [x, y] of points) {
    context.moveTo(x, y);
    context.arc(x, y, 2.6, 0, 2 * Math.PI);
  }
  context.fill();
  paintMarker(context, ...points.at(-1), 7, number);
}

// A marker of the optimizer `number`: each has a shape of its own.
export function paintMarker(context, x, y, radius, number) {
  const corners = [0, 4, 3, 4, 3, 5][number];
  const turn = [0, 0.25, 0.5, 0, -0.5, 0.5][number] * Math.PI;
  const size = corners === 3 ? 1.25 * radius : radius * (corners === 4 ? 1.15 : 1);
  context.beginPath();
  if (!corners) context.arc(x, y, size, 0, 2 * Math.PI);
  for (let i = 0; i < corners; i++) {
    const angle = turn + 2 * Math.PI * i / corners;
    context.lineTo(x + size * Math.cos(angle), y - size * Math.sin(angle));
  }
  context.closePath();
  context.fillStyle = COLORS[number];
  context.strokeStyle = "white";
  context.lineWidth = 2;
  context.stroke();
  context.fill();
}

function paintStar(context, x, y, radius) {
  context.beginPath();
  for (let i = 0; i < 10; i++) {
    const angle = Math.PI * (0.5 + i / 5);
    const size = i % 2 ? 0.45 * radius : radius;
    context.lineTo(x + size * Math.cos(angle), y - size * Math.sin(angle));
  }
  context.closePath();
  context.fillStyle = "#F0E442";
  context.strokeStyle = "black";
  context.lineWidth = 1;
  context.fill();
  context.stroke();
}

function paintStart(context, x, y) {
  context.beginPath();
  context.arc(x, y, 5, 0, 2 * Math.PI);
  context.fillStyle = "black";
  context.strokeStyle = "white";
  context.lineWidth = 1.5;
  context.fill();
  context.stroke();
}
