// Numbers as texts.

export function format(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const text = size && (size < 1e-3 || size >= 1e5) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
  return text.replace("-", "−");
}

// A number in a product or a sum.
export function factor(value) {
  return value < 0 ? `(${format(value)})` : format(value);
}

// A number that fits into a circle or a cell.
export function short(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || (size && size < 0.005) || size >= 1000) {
    return Number.isFinite(value) ? value.toExponential(0).replace("-", "−").replace("e-", "e−") : "–";
  }
  return format(Number(size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2)));
}
