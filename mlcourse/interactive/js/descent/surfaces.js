// Surfaces, as in mlcourse/optimizers/surfaces.py. slope(x, y, g): write the gradient at float32
// numbers into g; f rounds each result to float32, in the order of NumPy.

const f = Math.fround;

const beale = {
  frame: [-2, 3.5, -3.5, 2],
  start: [0.8, 1.6],
  minima: [[3, 0.5]],
  formula: "(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²",
  height: (x, y) =>
    (1.5 - x + x * y) ** 2 + (2.25 - x + x * y ** 2) ** 2 + (2.625 - x + x * y ** 3) ** 2,
  slope(x, y, g) {
    const y2 = f(y * y);
    const y3 = f(y2 * y);
    const a = f(f(1.5 - x) + f(x * y));
    const b = f(f(2.25 - x) + f(x * y2));
    const c = f(f(2.625 - x) + f(x * y3));
    const sum = f(f(a * f(y - 1)) + f(b * f(y2 - 1)));
    g[0] = 2 * f(sum + f(c * f(y3 - 1)));
    g[1] = f(2 * x) * f(f(a + f(f(2 * b) * y)) + f(f(3 * c) * y2));
  },
};

const himmelblau = {
  frame: [-5, 5, -5, 5],
  start: [-0.5, -1],
  minima: [
    [3, 2],
    [-2.805118086952745, 3.131312518250573],
    [-3.779310253377747, -3.283185991286169],
    [3.584428340330492, -1.848126526964404],
  ],
  formula: "(x² + y − 11)² + (x + y² − 7)²",
  height: (x, y) => (x ** 2 + y - 11) ** 2 + (x + y ** 2 - 7) ** 2,
  slope(x, y, g) {
    const a = f(f(f(x * x) + y) - 11);
    const b = f(f(x + f(y * y)) - 7);
    g[0] = f(f(4 * a) * x) + f(2 * b);
    g[1] = f(2 * a) + f(f(4 * b) * y);
  },
};

const rosenbrock = {
  frame: [-2, 2, -1, 3],
  start: [-1.2, 1],
  minima: [[1, 1]],
  formula: "(1 − x)² + 100 (y − x²)²",
  height: (x, y) => (1 - x) ** 2 + 100 * (y - x ** 2) ** 2,
  slope(x, y, g) {
    const a = f(y - f(x * x));
    g[0] = f(-2 * f(1 - x)) - f(f(400 * a) * x);
    g[1] = 200 * a;
  },
};

const saddle = {
  frame: [-2, 2, -1.8, 1.8],
  start: [-1.7, 0.001],
  minima: [[0, 1], [0, -1]],
  formula: "x² / 2 − y² / 2 + y⁴ / 4",
  height: (x, y) => x ** 2 / 2 - y ** 2 / 2 + y ** 4 / 4,
  slope(x, y, g) {
    g[0] = x;
    g[1] = f(f(y * y) * y) - y;
  },
};

const ravine = {
  frame: [-9.5, 2.5, -2.5, 2.5],
  start: [-8, 1.5],
  minima: [[0, 0]],
  formula: "0.05 x² + 2 y²",
  height: (x, y) => 0.05 * x ** 2 + 2 * y ** 2,
  slope(x, y, g) {
    g[0] = f(0.1) * x;
    g[1] = 4 * y;
  },
};

const noisyBowl = {
  frame: [-3, 3, -2.5, 2.5],
  start: [-2.5, 2],
  minima: [[0, 0]],
  formula: "x² / 2 + y², with noise of standard deviation 1 in the gradient",
  height: (x, y) => x ** 2 / 2 + y ** 2,
  slope(x, y, g) {
    g[0] = x;
    g[1] = 2 * y;
  },
  isNoisy: true,
};

export const SURFACES = { beale, himmelblau, rosenbrock, saddle, ravine, noisy_bowl: noisyBowl };

export function lowest({ height, minima }) {
  return height(...minima[0]);
}
