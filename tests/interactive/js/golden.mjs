// What the tests share: golden files, and comparisons.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

export function golden(name) {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf-8"));
}

// Compare arrays: differences are at most `tolerance` of the largest number, or of 1.
export function assertClose(actual, expected, tolerance, label = "") {
  assert.equal(actual.length, expected.length, label);
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    assert.ok(difference <= tolerance * scale, `${label}[${i}]: ${actual[i]}, not ${expected[i]}`);
  }
}
