// Convolution and pooling in the page equal Python's.
import assert from "node:assert/strict";
import test from "node:test";

import { Session } from "../../../mlcourse/interactive/js/convolution/session.js";
import { assertClose, golden } from "./golden.mjs";

function open({ settings, numbers }) {
  return new Session(settings, numbers);
}

test("windows of each kind, size, stride, padding and dilation", () => {
  for (const item of golden("windows").cases) {
    const { run, layer } = open(item);
    const label = JSON.stringify(item.settings.layers[0]);
    assert.deepEqual([run.rows, run.columns], item.size, label);
    assertClose(run.stages[0], item.sums, 1e-12, label);
    assertClose(run.map, item.map, 1e-12, label);
    assert.equal(run.stages.length, layer.after.length + 1);
  }
});

test("a session has the numbers that it was opened with", () => {
  for (const item of golden("windows").cases) assert.deepEqual(open(item).numbers, item.numbers);
});

test("settings that are not valid are replaced by defaults", () => {
  const [{ settings, numbers }] = golden("windows").cases;
  const bad = [
    null, 3, [], {}, { ...settings, shape: [7, 6] }, { ...settings, layer: 1 }, { ...settings, range: null },
    { ...settings, layers: [{ ...settings.layers[0], kind: "min" }] }, { ...settings, position: [1.5, 0] },
    { ...settings, layers: [{ ...settings.layers[0], size: [8, 1] }] }, { ...settings, layers: [null] },
  ];
  const { shape } = new Session().settings;
  for (const other of bad) assert.deepEqual(new Session(other, numbers).settings.shape, shape);
  assert.deepEqual(new Session(settings, numbers.slice(1)).settings.shape, shape);
  assert.deepEqual(new Session(settings, numbers.with(0, NaN)).settings.shape, shape);
});

test("a step shows the map up to its window, a point shows the whole map", () => {
  const session = open(golden("windows").cases[0]);
  session.move(7);
  assert.deepEqual([session.settings.position, session.isPartial, session.step], [[1, 3], true, 7]);
  session.move(1e6);
  assert.equal(session.step, session.run.rows * session.run.columns - 1);
  session.pointAt([0, 0]);
  assert.deepEqual([session.settings.position, session.isPartial], [[0, 0], false]);
  session.pointAt([3.5, 2.5]);
  assert.deepEqual(session.settings.position, [2, 1]);
  assert.deepEqual(session.middle, [3.5, 2.5]);
});
