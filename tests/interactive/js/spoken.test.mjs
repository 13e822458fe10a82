// What a screen reader says of back-propagation.

import assert from "node:assert/strict";
import { test } from "node:test";

import { spoken } from "../../../mlcourse/interactive/js/backpropagation/spoken.js";

test("signs of mathematics become words", () => {
  const texts = {
    "∂L/∂w⁽¹⁾₁₃ = x₁ · ∂L/∂z⁽¹⁾₃ = 0.5 · (−1.04)":
      "derivative of L by w 1 3 of layer 1 = x 1 times derivative of L by z 3 of layer 1 = 0.5 times ( minus 1.04)",
    "∂z⁽²⁾ₖ / ∂a⁽¹⁾₁": "derivative of z k of layer 2 by a 1 of layer 1",
    "∂ŷ₁ / ∂z⁽¹²⁾₁": "derivative of y hat 1 by z 1 of layer 12",
    "w⁽²⁾₁₁‚₂": "w 11, 2 of layer 2",
    "f′(z⁽²⁾₁)": "f prime(z 1 of layer 2)",
    "the mean of (a − y)²": "the mean of (a minus y) squared",
    "w ← w − 0.1 · ∂L/∂w, and so each bias": "w becomes w minus 0.1 times derivative of L by w, and so each bias",
    "8e−12": "8 times 10 to the power of minus 12",
    "–": "not finite",
  };
  for (const [text, expected] of Object.entries(texts)) assert.equal(spoken(text), expected);
});
