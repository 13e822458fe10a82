// Example points of the plane, and features of them. The same seed gives the same float32 numbers
// in mlcourse/interactive/components/seeded.py.

import { STREAMS, generator, normal, permutation } from "./random.js";

const moons = (i, u) => {
  const angle = Math.PI * (1.25 * u() - 0.125);
  return i % 2 ? [1 + Math.cos(angle), -Math.sin(angle)] : [Math.cos(angle), Math.sin(angle)];
};

const circles = (i, u) => {
  const angle = 2 * Math.PI * u();
  const radius = 1 + (i % 2);
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
};

const spiral = (arms) => (i, u) => {
  const t = Math.sqrt(u());
  const angle = 2 * Math.PI * (t + (i % arms) / arms);
  return [2 * t * Math.cos(angle), 2 * t * Math.sin(angle)];
};

const square = (i, u) => [4 * u() - 2, 4 * u() - 2];

const CENTERS = [[-1, 0], [1, 0], [0, 1.5]];
const center = (i) => CENTERS[i % 3];

// label: of a point without noise; the default is its number modulo the number of classes.
export const POINTS = {
  moons: { label: "two moons", classes: 2, place: moons },
  circles: { label: "circles", classes: 2, place: circles },
  spirals: { label: "two spirals", classes: 2, place: spiral(2) },
  xor: { label: "XOR", classes: 2, place: square, target: (x1, x2) => Number(x1 * x2 > 0) },
  blobs: { label: "three blobs", classes: 3, place: center },
  three_spirals: { label: "three spirals", classes: 3, place: spiral(3) },
  plane: { label: "regression: plane", classes: 0, place: square, target: (x1, x2) => (x1 + x2) / 4 },
  sine: { label: "regression: sine", classes: 0, place: square, target: (x1) => Math.sin(2 * x1) },
};

// Return {x, y}: coordinates, two per point, and classes or values. Noise is normal: on both
// coordinates of classes, on the value in regression.
export function makePoints(kind, n, noise, seed) {
  const { classes, place, target } = POINTS[kind];
  const uniform = generator(seed, STREAMS.points);
  const x = new Float64Array(2 * n);
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const [x1, x2] = place(i, uniform);
    const value = target ? target(x1, x2) : i % classes;
    const first = noise * normal(uniform);
    const second = noise * normal(uniform);
    x[2 * i] = Math.fround(classes ? x1 + first : x1);
    x[2 * i + 1] = Math.fround(classes ? x2 + second : x2);
    y[i] = Math.fround(classes ? value : value + first);
  }
  return { x, y };
}

// Return the indices of the training and of the test points.
export function split(n, fraction, seed) {
  const order = permutation(n, generator(seed, STREAMS.split));
  const nTest = Math.min(Math.round(fraction * n), n - 1);
  return { train: order.slice(nTest), test: order.slice(0, nTest) };
}

export const FEATURES = {
  x1: { label: "x₁", code: "x[:, 0]", value: (a) => a },
  x2: { label: "x₂", code: "x[:, 1]", value: (a, b) => b },
  x1_squared: { label: "x₁²", code: "x[:, 0] ** 2", value: (a) => a * a },
  x2_squared: { label: "x₂²", code: "x[:, 1] ** 2", value: (a, b) => b * b },
  product: { label: "x₁x₂", code: "x[:, 0] * x[:, 1]", value: (a, b) => a * b },
  sin_x1: { label: "sin x₁", code: "np.sin(x[:, 0])", value: (a) => Math.sin(a) },
  sin_x2: { label: "sin x₂", code: "np.sin(x[:, 1])", value: (a, b) => Math.sin(b) },
};

// Return the features of the points with these indices, all by default, row by row.
export function computeFeatures(names, x, indices = null) {
  const n = indices ? indices.length : x.length / 2;
  const values = names.map((name) => FEATURES[name].value);
  const rows = new Float64Array(n * names.length);
  for (let i = 0; i < n; i++) {
    const point = indices ? indices[i] : i;
    values.forEach((value, j) => {
      rows[i * names.length + j] = value(x[2 * point], x[2 * point + 1]);
    });
  }
  return rows;
}

// Read lines of "x1,x2,class"; a first line without numbers is a header.
export function parseCsv(text) {
  const lines = text.trim().split(/\r?\n/).filter((line) => line.trim());
  if (lines.length && !/^[\s\d.+-]/.test(lines[0])) lines.shift();
  return lines.map((line, i) => {
    const row = line.trim().split(/[,;\t ]+/).map(Number);
    if (row.length !== 3 || !row.every(Number.isFinite)) {
      throw new Error(`each line must have x1, x2 and a class. Got “${line}” in line ${i + 1} instead.`);
    }
    if (![0, 1, 2].includes(row[2])) {
      throw new Error(`a class must be 0, 1 or 2. Got ${row[2]} in line ${i + 1} instead.`);
    }
    return row;
  });
}
