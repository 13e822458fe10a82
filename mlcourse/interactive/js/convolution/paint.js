// Images and feature maps painted on canvases.

import { prepare } from "../pixels.js";

const GRID = 11; // pixels; smaller cells have no lines between them
const PADDING = { light: 0xffd8d3d0, dark: 0xff4a4543 }; // as 32-bit RGBA in the byte order of ImageData
const FRAME = "#ffd400"; // between black lines, it is seen on every color

// Return a function from a value to a color: from black to white.
export function grayScale([low, high]) {
  const scale = 255 / (high - low || 1);
  return (value) => {
    const level = Math.min(255, Math.max(0, Math.round((value - low) * scale)));
    return (0xff000000 | level * 0x010101) >>> 0;
  };
}

// Return a function from a value to a color: from blue over the middle to orange.
export function signedScale(ramp, largest) {
  const half = (ramp.length - 1) / 2;
  return (value) => ramp[Math.round(half + half * Math.min(1, Math.max(-1, value / largest || 0)))];
}

export function largestOf(values) {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-9);
}

// Return a color for style sheets, and black or white for a text on it.
export function cellColors(color) {
  const rgb = [color & 255, color >> 8 & 255, color >> 16 & 255];
  const [red, green, blue] = rgb.map((part) => (part / 255) ** 2.2);
  const isLight = 0.21 * red + 0.72 * green + 0.07 * blue > 0.18;
  return { background: `rgb(${rgb.join(" ")})`, color: isLight ? "#000" : "#fff" };
}

function paintCells(context, cells, columns, left, top, width, height) {
  const small = new OffscreenCanvas(columns, cells.length / columns);
  const image = new ImageData(columns, cells.length / columns);
  new Uint32Array(image.data.buffer).set(cells);
  small.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, left, top, width, height);
}

function paintLines(context, rows, columns, side) {
  if (side < GRID) return;
  context.beginPath();
  for (let row = 1; row < rows; row++) context.rect(0, row * side, columns * side, 0);
  for (let column = 1; column < columns; column++) context.rect(column * side, 0, 0, rows * side);
  context.strokeStyle = "rgb(128 128 128 / 0.4)";
  context.lineWidth = 1;
  context.stroke();
}

function paintFrame(context, left, top, width, height) {
  for (const [color, line] of [["#000", 5], [FRAME, 2.5]]) {
    context.strokeStyle = color;
    context.lineWidth = line;
    context.strokeRect(left, top, width, height);
  }
}

// Paint one channel of a layer's input with its padding, and a frame around the window; with
// dilation, around each of its pixels too.
export function paintInput(canvas, { x, channels, channel, axes, size, position, toColor, isDark }) {
  const [rows, columns] = axes;
  const height = rows.n + rows.padded;
  const width = columns.n + columns.padded;
  canvas.style.aspectRatio = `${width} / ${height}`;
  const { context, width: total } = prepare(canvas);
  const side = total / width;
  const cells = new Uint32Array(height * width).fill(PADDING[isDark ? "dark" : "light"]);
  for (let row = 0; row < rows.n; row++) {
    for (let column = 0; column < columns.n; column++) {
      const value = x[(row * columns.n + column) * channels + channel];
      cells[(row + rows.before) * width + column + columns.before] = toColor(value);
    }
  }
  paintCells(context, cells, width, 0, 0, total, height * side);
  paintLines(context, height, width, side);
  const [top, left] = axes.map(({ stride }, axis) => position[axis] * stride * side);
  if (rows.dilation * columns.dilation > 1) {
    context.strokeStyle = FRAME;
    context.lineWidth = Math.min(2, side / 5);
    for (let i = 0; i < size[0]; i++) {
      for (let j = 0; j < size[1]; j++) {
        context.strokeRect(left + j * columns.dilation * side, top + i * rows.dilation * side, side, side);
      }
    }
  }
  paintFrame(context, left, top, columns.covered * side, rows.covered * side);
}

// Paint one feature map, with a frame around the position; if it is partial, nothing after this.
export function paintMap(canvas, { map, rows, columns, filters, filter, position, isPartial, toColor }) {
  canvas.style.aspectRatio = `${columns} / ${rows}`;
  const { context, width } = prepare(canvas);
  const side = width / columns;
  const cells = new Uint32Array(rows * columns);
  const n = isPartial ? position[0] * columns + position[1] + 1 : cells.length;
  for (let i = 0; i < n; i++) cells[i] = toColor(map[i * filters + filter]);
  paintCells(context, cells, columns, 0, 0, width, rows * side);
  paintLines(context, rows, columns, side);
  paintFrame(context, position[1] * side, position[0] * side, side, side);
}

// Return how many small maps there are in a row.
export function perRow(n) {
  return n > 32 ? 16 : 8;
}

// Paint all maps of a layer, small, with a frame around one.
export function paintStrip(canvas, { map, rows, columns, n, selected, toColor }) {
  const across = perRow(n);
  const down = Math.ceil(n / across);
  canvas.style.aspectRatio = `${across * columns} / ${down * rows}`;
  const { context, width } = prepare(canvas);
  const [w, h] = [width / across, width / across * rows / columns];
  const cells = new Uint32Array(rows * columns);
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < cells.length; i++) cells[i] = toColor(map[i * n + k]);
    paintCells(context, cells, columns, (k % across) * w + 1, Math.floor(k / across) * h + 1, w - 2, h - 2);
  }
  paintFrame(context, (selected % across) * w + 2, Math.floor(selected / across) * h + 2, w - 4, h - 4);
}
