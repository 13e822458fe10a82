// Checks of values that come from outside.

export function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

export function finite(value, fallback) {
  return Number.isFinite(value) ? value : fallback;
}

// Return a name if it is in a table.
export function nameIn(table, name, fallback) {
  return typeof name === "string" && Object.hasOwn(table, name) ? name : fallback;
}
