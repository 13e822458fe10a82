// Curves by epoch, and points, painted on canvases.

import { CLASS_COLORS } from "./colors.js";
import { prepare } from "./pixels.js";

const MARGIN = { left: 50, right: 12, top: 22, bottom: 24 };

// Paint a training and a test curve. The axis of epochs is logarithmic; so is that of the loss.
export function paintCurves(canvas, { title, epochs, training, test, isLog, best, ink }) {
  const { context, width, height } = prepare(canvas);
  const box = { x: MARGIN.left, y: MARGIN.top };
  box.width = width - MARGIN.left - MARGIN.right;
  box.height = height - MARGIN.top - MARGIN.bottom;
  if (box.width <= 0) return;
  const position = scales(box, epochs, [...training, ...test], isLog);
  context.font = "13px system-ui, sans-serif";
  context.fillStyle = context.strokeStyle = ink;
  context.textBaseline = "top";
  context.fillText(title, 4, 2);
  paintAxes(context, box, position, isLog);
  if (best > 0) {
    context.globalAlpha = 0.45;
    context.fillRect(position.x(best), box.y, 1, box.height);
    context.globalAlpha = 1;
  }
  paintCurve(context, epochs, training, position, []);
  paintCurve(context, epochs, test, position, [5, 4]);
}

function scales(box, epochs, values, isLog) {
  const last = Math.max(epochs[epochs.length - 1] ?? 0, 10);
  const height = isLog ? (value) => Math.log10(Math.max(value, 1e-12)) : (value) => value;
  let low = isLog ? Infinity : 0;
  let high = isLog ? -Infinity : 1;
  if (isLog) {
    for (const value of values) {
      if (value === null) continue;
      low = Math.min(low, height(value));
      high = Math.max(high, height(value));
    }
    low = Math.floor(low);
    high = Math.max(Math.ceil(high), low + 1);
  }
  return {
    last, low, high,
    x: (epoch) => box.x + box.width * Math.log1p(epoch) / Math.log1p(last),
    y: (value) => box.y + box.height * (1 - (height(value) - low) / (high - low)),
  };
}

function paintAxes(context, box, position, isLog) {
  context.globalAlpha = 0.5;
  context.lineWidth = 1;
  context.setLineDash([]);
  context.strokeRect(box.x + 0.5, box.y + 0.5, box.width, box.height);
  context.globalAlpha = 1;
  context.textAlign = "center";
  for (let epoch = 1; epoch <= position.last; epoch *= 10) {
    const text = epoch.toLocaleString("en");
    const right = box.x + box.width + MARGIN.right - context.measureText(text).width / 2;
    context.fillText(text, Math.min(position.x(epoch), right), box.y + box.height + 6);
  }
  context.textAlign = "right";
  context.fillText("epoch", box.x + box.width + 8, 2);
  context.textBaseline = "middle";
  const ticks = isLog ? [position.low, position.high] : [0, 0.5, 1];
  for (const tick of ticks) {
    const value = isLog ? 10 ** tick : tick;
    const text = isLog && Math.abs(tick) > 3 ? `1e${tick}` : String(Number(value.toPrecision(2)));
    context.fillText(text, box.x - 5, position.y(value));
  }
  context.textAlign = "left";
  context.textBaseline = "top";
}

function paintCurve(context, epochs, values, position, dash) {
  context.setLineDash(dash);
  context.lineWidth = 1.8;
  context.beginPath();
  let drawn = -1;
  epochs.forEach((epoch, i) => {
    const x = position.x(epoch);
    if (values[i] === null || (x - drawn < 0.5 && i < epochs.length - 1)) return;
    if (drawn < 0) context.moveTo(x, position.y(values[i]));
    else context.lineTo(x, position.y(values[i]));
    drawn = x;
  });
  context.stroke();
  context.setLineDash([]);
}

// Paint the points of a trainer: the classes differ in shape, test points are hollow.
export function paintPoints(canvas, trainer, { ink, paper, ramp }, cursor = null) {
  const { context, width, height } = prepare(canvas);
  const [left, bottom, side] = trainer.frame;
  const { x, y } = trainer.data;
  const place = (x1, x2) => [(x1 - left) / side * width, (1 - (x2 - bottom) / side) * height];
  const radius = Math.max(3, width / 90);
  const paint = (indices, isTest) => {
    for (const i of indices) {
      const [px, py] = place(x[2 * i], x[2 * i + 1]);
      const color = trainer.classes ? rgb(CLASS_COLORS[y[i]]) : rampColor(ramp, y[i]);
      outline(context, trainer.classes ? y[i] : 0, px, py, radius);
      context.fillStyle = isTest ? paper : color;
      context.fill();
      context.lineWidth = isTest ? 2 : 1;
      context.strokeStyle = isTest ? color : paper;
      context.stroke();
      if (!isTest || trainer.classes) continue;
      context.lineWidth = 1;
      context.strokeStyle = ink;
      context.stroke();
    }
  };
  paint(trainer.train.indices, false);
  paint(trainer.test.indices, true);
  if (!cursor) return;
  const [px, py] = place(...cursor);
  context.strokeStyle = ink;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(px - 9, py);
  context.lineTo(px + 9, py);
  context.moveTo(px, py - 9);
  context.lineTo(px, py + 9);
  context.stroke();
}

function outline(context, label, x, y, radius) {
  context.beginPath();
  if (label === 1) context.rect(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8);
  else if (label === 2) {
    context.moveTo(x, y - radius * 1.2);
    context.lineTo(x + radius * 1.1, y + radius * 0.8);
    context.lineTo(x - radius * 1.1, y + radius * 0.8);
    context.closePath();
  } else context.arc(x, y, radius, 0, 2 * Math.PI);
}

function rgb(color) {
  return `rgb(${color.join(" ")})`;
}

function rampColor(ramp, value) {
  const color = ramp[Math.round(255 * Math.min(1, Math.max(0, (value + 1) / 2)))];
  return rgb([color & 255, color >> 8 & 255, color >> 16 & 255]);
}
