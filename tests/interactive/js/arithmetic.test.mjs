// The arithmetic of the live playground equals Python's.
import assert from "node:assert/strict";
import test from "node:test";

import {
  ACTIVATIONS, softmax, softmaxBackward, tanhForMaps,
} from "../../../mlcourse/interactive/js/activations.js";
import { INITIALIZERS, initialize } from "../../../mlcourse/interactive/js/initializers.js";
import { LOSSES } from "../../../mlcourse/interactive/js/losses.js";
import { Network } from "../../../mlcourse/interactive/js/network.js";
import { POINTS, makePoints, split } from "../../../mlcourse/interactive/js/points.js";
import { STREAMS, generator, permutation } from "../../../mlcourse/interactive/js/random.js";
import { Optimizer, RULES } from "../../../mlcourse/interactive/js/rules.js";
import { Trainer } from "../../../mlcourse/interactive/js/trainer.js";
import { assertClose, golden } from "./golden.mjs";

test("activation functions and their derivatives", () => {
  const { z, da, functions } = golden("activations");
  assert.deepEqual(Object.keys(ACTIVATIONS).sort(), Object.keys(functions).sort());
  for (const [name, [a, dz]] of Object.entries(functions)) {
    const values = new Float64Array(z.length);
    const gradients = new Float64Array(z.length);
    ACTIVATIONS[name].forward(z, values, z.length);
    ACTIVATIONS[name].backward(z, values, da, gradients, z.length);
    assertClose(values, a, 1e-14, name);
    assertClose(gradients, dz, 1e-14, `derivative of ${name}`);
  }
});

test("softmax", () => {
  const { z, da, a, dz } = golden("activations").softmax;
  const values = new Float64Array(6);
  const gradients = new Float64Array(6);
  softmax(z, values, 2, 3);
  softmaxBackward(values, da, gradients, 2, 3);
  assertClose(values, a, 1e-15);
  assertClose(gradients, dz, 1e-15);
});

test("the tanh of maps is within a fiftieth of a color", () => {
  const z = Float64Array.from({ length: 4001 }, (_, i) => (i - 2000) / 100);
  const a = new Float64Array(z.length);
  tanhForMaps(z, a, z.length);
  for (let i = 0; i < z.length; i++) assert.ok(Math.abs(a[i] - Math.tanh(z[i])) < 1.6e-4);
});

test("losses and their gradients", () => {
  const { z, y, losses } = golden("losses");
  assert.deepEqual(Object.keys(LOSSES).sort(), Object.keys(losses).sort());
  for (const [name, [value, gradient]] of Object.entries(losses)) {
    const a = new Float64Array(z);
    const dz = new Float64Array(z.length);
    const loss = LOSSES[name];
    if (loss.output === "sigmoid") ACTIVATIONS.sigmoid.forward(z, a, z.length);
    if (loss.output === "softmax") softmax(z, a, 2, 3);
    assertClose([loss.value(z, a, y, 2, 3)], [value], 1e-15, name);
    (loss.logitGradient ?? loss.outputGradient)(a, y, dz, 2, 3);
    assertClose(dz, gradient, 1e-15, `gradient of ${name}`);
  }
});

test("update rules, with their defaults", () => {
  const { w, gradients, rate, rules } = golden("rules");
  assert.deepEqual(Object.keys(RULES), Object.keys(rules));
  for (const [name, { defaults, path }] of Object.entries(rules)) {
    assert.deepEqual(RULES[name].defaults, defaults, name);
    const weights = Float64Array.from(w);
    const optimizer = new Optimizer(name, rate, w.length);
    const found = gradients.map((gradient) => {
      optimizer.apply(weights, gradient);
      return [...weights];
    });
    [0, 9, 19].forEach((step, i) => assertClose(found[step], path[i], 1e-14, `${name}, ${step + 1}`));
  }
});

test("random numbers, points and first weights", () => {
  const expected = golden("random");
  const uniform = generator(12, STREAMS.points);
  assert.deepEqual(expected.uniform.map(() => uniform()), expected.uniform);
  assert.deepEqual([...permutation(9, generator(3, STREAMS.order))], expected.permutation);
  assert.deepEqual(Object.keys(INITIALIZERS).sort(), Object.keys(expected.initializers).sort());
  for (const [name, params] of Object.entries(expected.initializers)) {
    const network = new Network([2, 3, 1], "tanh", "sigmoid");
    initialize(network, name, 7);
    assertClose(network.params, params, 1e-15, name);
  }
  assert.deepEqual(Object.keys(POINTS), Object.keys(expected.points));
  for (const [kind, [x, y]] of Object.entries(expected.points)) {
    const points = makePoints(kind, 60, 0.2, 3);
    assert.deepEqual([...points.x], x.map(Math.fround), kind);
    assert.deepEqual([...points.y], y.map(Math.fround), kind);
  }
  const { train, test: tested } = split(20, 0.3, 4);
  assert.deepEqual([[...train], [...tested]], expected.split);
});

test("100 and 1000 steps of each activation, rule, loss, kind of points and penalty", () => {
  const { settings, runs } = golden("training");
  for (const { changes, epochs, params, losses } of runs) {
    const trainer = new Trainer({ ...settings, ...changes });
    for (let i = 0; i < epochs; i++) trainer.trainEpoch();
    const label = `${epochs} epochs of ${JSON.stringify(changes)}`;
    const tolerance = epochs < 100 ? 1e-12 : 1e-10;
    assertClose(trainer.network.params, params, tolerance, label);
    assertClose([trainer.latest.loss, trainer.latest.val_loss], losses, tolerance, label);
  }
});

test("gradients equal finite differences", () => {
  for (const [output, loss, units] of [
    ["sigmoid", "binary_crossentropy", 1], ["sigmoid", "mean_squared_error", 1],
    ["softmax", "categorical_crossentropy", 3], ["softmax", "mean_squared_error", 3],
    ["linear", "mean_squared_error", 2],
  ]) {
    const network = new Network([2, 3, 2, units], "swish", output);
    initialize(network, "glorot_normal", 1);
    const x = Float64Array.of(0.5, -1, 2, 0.3);
    const y = new Float64Array(2 * units).fill(0);
    y[0] = y[y.length - 1] = 1;
    const space = network.workspace(2);
    const masks = [Float64Array.of(2, 0, 2, 2, 2, 0), Float64Array.of(1, 2, 0, 2)];
    const value = () => {
      network.forward(x, 2, space, { masks });
      return network.loss(loss, y, 2, space);
    };
    value();
    network.backward(loss, x, y, 2, space, masks);
    const gradients = [...network.gradients];
    const differences = gradients.map((_, i) => {
      const before = network.params[i];
      network.params[i] = before + 1e-6;
      const above = value();
      network.params[i] = before - 1e-6;
      const below = value();
      network.params[i] = before;
      return (above - below) / 2e-6;
    });
    assertClose(gradients, differences, 1e-8, `${output}, ${loss}`);
  }
});
