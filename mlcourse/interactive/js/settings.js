// Settings of a playground: defaults, limits, and a link that holds them.

import { ACTIVATIONS } from "./activations.js";
import { clamp, finite } from "./checks.js";
import { INITIALIZERS } from "./initializers.js";
import { FEATURES, POINTS } from "./points.js";
import { RULES } from "./rules.js";

export const DEFAULTS = {
  points: "moons",
  n_samples: 300,
  noise: 0.2,
  test_fraction: 0.5,
  seed: 0,
  own_points: [],
  features: ["x1", "x2"],
  hidden: [8, 4],
  activation: "relu",
  initializer: "glorot_uniform",
  loss: "crossentropy",
  optimizer: "adam",
  learning_rate: 0.03,
  batch_size: 10,
  l1: 0,
  l2: 0,
  dropout: 0,
  speed: "epoch",
};

export const LOSS_NAMES = { crossentropy: "cross-entropy", mean_squared_error: "mean squared error" };

export const SPEEDS = {
  batch: "1 batch a frame",
  epoch: "1 epoch a frame",
  ten_epochs: "10 epochs a frame",
  maximum: "as fast as possible",
};

export const CHOICES = {
  points: [...Object.keys(POINTS), "own"],
  features: Object.keys(FEATURES),
  activation: Object.keys(ACTIVATIONS),
  initializer: Object.keys(INITIALIZERS),
  loss: Object.keys(LOSS_NAMES),
  optimizer: Object.keys(RULES),
  speed: Object.keys(SPEEDS),
};

// [lowest, highest, whole numbers only]
export const LIMITS = {
  n_samples: [10, 1000, true],
  noise: [0, 1, false],
  test_fraction: [0, 0.8, false],
  seed: [0, 9999, true],
  learning_rate: [1e-5, 10, false],
  batch_size: [1, 1000, true],
  l1: [0, 1, false],
  l2: [0, 1, false],
  dropout: [0, 0.9, false],
};
export const MAX_LAYERS = 6;
export const MAX_UNITS = 32;
export const MAX_OWN_POINTS = 500;
const MAX_COORDINATE = 1000;

// These leave the weights and the epochs trained so far; any other change starts over.
export const KEEP_TRAINING = new Set([
  "optimizer", "learning_rate", "batch_size", "l1", "l2", "dropout", "speed",
]);

function limited(value, [low, high, whole], fallback) {
  const inside = clamp(finite(value, fallback), low, high);
  return whole ? Math.round(inside) : inside;
}

// Return valid settings: unknown keys are dropped, numbers clamped, and unknown names become the
// defaults.
export function normalize(given) {
  const settings = {};
  for (const [key, fallback] of Object.entries(DEFAULTS)) {
    const value = given?.[key] ?? fallback;
    if (key in LIMITS) settings[key] = limited(value, LIMITS[key], fallback);
    else if (key === "features") settings[key] = validFeatures(value);
    else if (key === "hidden") settings[key] = validLayers(value);
    else if (key === "own_points") settings[key] = validPoints(value);
    else settings[key] = CHOICES[key].includes(value) ? value : fallback;
  }
  if (settings.points === "own" && settings.own_points.length < 2) settings.points = DEFAULTS.points;
  return settings;
}

function validFeatures(value) {
  const features = Array.isArray(value) ? CHOICES.features.filter((name) => value.includes(name)) : [];
  return features.length ? features : [...DEFAULTS.features];
}

function validLayers(value) {
  if (!Array.isArray(value)) return [...DEFAULTS.hidden];
  return value.slice(0, MAX_LAYERS).map((units) => limited(units, [1, MAX_UNITS, true], 4));
}

function validPoints(value) {
  if (!Array.isArray(value)) return [];
  const isPoint = (row) => Array.isArray(row) && row.length === 3 && row.every(Number.isFinite);
  const inside = (x) => Math.fround(clamp(x, -MAX_COORDINATE, MAX_COORDINATE));
  return value.filter(isPoint).slice(0, MAX_OWN_POINTS).map(([x1, x2, label]) => [
    inside(x1), inside(x2), limited(label, [0, 2, true], 0),
  ]);
}

const PREFIX = "playground=";

// Return the part of a link that holds the settings that differ from the defaults.
export function encodeLink(settings) {
  const changed = Object.entries(settings).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(DEFAULTS[key]));
  const bytes = new TextEncoder().encode(JSON.stringify(Object.fromEntries(changed)));
  const base64 = btoa(String.fromCharCode(...bytes));
  return PREFIX + base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// Return the settings in a link's hash; null without any, or if they cannot be read.
export function decodeLink(hash) {
  const part = hash.replace(/^#/, "").split(";").find((other) => other.startsWith(PREFIX));
  if (!part) return null;
  try {
    const base64 = part.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return normalize(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}
