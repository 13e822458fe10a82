// Learning-rate schedules in the page equal Python's.
import assert from "node:assert/strict";
import test from "node:test";

import { CYCLES, PARAMETERS, SCHEDULES } from "../../../mlcourse/interactive/js/schedules/schedules.js";
import { Session, normalize } from "../../../mlcourse/interactive/js/schedules/session.js";
import { assertClose, golden } from "./golden.mjs";

const { schedules, modes, limits, steps, cases } = golden("schedules");

test("the learning rates of each schedule, with each parameter at its limits", () => {
  assert.deepEqual(Object.keys(SCHEDULES), schedules);
  for (const { changes, rates } of cases) {
    const session = new Session(changes);
    assertClose(steps.map((step) => session.rates[step]), rates, 1e-14, JSON.stringify(changes));
  }
});

test("parameters and their limits are those of Python", () => {
  assert.deepEqual(CYCLES, modes);
  const own = Object.entries(PARAMETERS).map(([name, [, low, high, , initial]]) => [name, [low, high, initial]]);
  assert.deepEqual(Object.fromEntries(own), limits);
});

test("each value of a slider is a setting", () => {
  for (const [name, [, low, high, step]] of Object.entries(PARAMETERS)) {
    for (let value = low; value <= high; value += step) assert.equal(normalize({ [name]: value })[name], value);
  }
});

test("settings that are not valid are replaced by defaults, or limited", () => {
  for (const given of [null, 3, [], { schedule: "toString" }, { mode: 1, learning_rate: NaN, t_mul: "2" }]) {
    assert.deepEqual(normalize(given), new Session().settings);
  }
  assert.equal(normalize({ learning_rate: 9 }).learning_rate, 0.2);
  assert.equal(normalize({ step: 1e9 }).step, 99);
  assert.equal(normalize({ step_size: 7.4 }).step_size, 7);
});
