// The colors of classes and of maps, in a light and a dark form.

export const CLASS_COLORS = [[0, 114, 178], [201, 78, 0], [0, 158, 115]];
const LEVELS = 256;
const PALE = 0.55; // of a color in the map behind the points

export function makeColors(dark) {
  const middle = dark ? [34, 34, 38] : [247, 247, 247];
  return {
    middle,
    ink: dark ? "#e8e8e8" : "#1a1a1a",
    paper: dark ? "#1c1c1f" : "#ffffff",
    ramp: makeRamp(middle, 1),
    paleRamp: makeRamp(middle, PALE),
  };
}

// From class 0 over the middle to class 1, as 32-bit RGBA in the byte order of ImageData.
function makeRamp(middle, strength) {
  const colors = new Uint32Array(LEVELS);
  for (let i = 0; i < LEVELS; i++) {
    const value = 2 * i / (LEVELS - 1) - 1;
    colors[i] = pack(mix(middle, CLASS_COLORS[value > 0 ? 1 : 0], strength * Math.abs(value)));
  }
  return colors;
}

function mix(from, to, t) {
  return from.map((value, i) => value + t * (to[i] - value));
}

function pack([red, green, blue]) {
  return (255 << 24 | blue << 16 | green << 8 | red) >>> 0;
}

// Color pixels by unit `unit` of a layer's outputs a, (pixels, units): low to high as blue to orange.
export function colorUnit(pixels, a, unit, units, range, ramp) {
  const n = pixels.length;
  let low = -1;
  let high = 1;
  if (range) [low, high] = range;
  else {
    let largest = 1e-9;
    for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(a[i * units + unit]));
    low = -largest;
    high = largest;
  }
  const scale = (LEVELS - 1) / (high - low);
  for (let i = 0; i < n; i++) {
    const level = (a[i * units + unit] - low) * scale;
    pixels[i] = ramp[level > LEVELS - 1 ? LEVELS - 1 : level > 0 ? level | 0 : 0];
  }
}

// Color pixels by the probabilities of three classes.
export function colorClasses(pixels, a, units, middle) {
  for (let i = 0; i < pixels.length; i++) {
    const color = [0, 0, 0];
    let highest = 0;
    for (let j = 0; j < units; j++) highest = Math.max(highest, a[i * units + j]);
    const certainty = (highest - 1 / units) / (1 - 1 / units);
    for (let j = 0; j < units; j++) {
      for (let k = 0; k < 3; k++) color[k] += a[i * units + j] * CLASS_COLORS[j][k];
    }
    pixels[i] = pack(mix(middle, color, PALE * (0.2 + 0.8 * certainty)));
  }
}
