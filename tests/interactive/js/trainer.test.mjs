// The state of a playground: settings, links, reset, divergence, code for Keras.
import assert from "node:assert/strict";
import test from "node:test";

import { kerasCode } from "../../../mlcourse/interactive/js/keras_code.js";
import { parseCsv } from "../../../mlcourse/interactive/js/points.js";
import * as settings from "../../../mlcourse/interactive/js/settings.js";
import { Trainer } from "../../../mlcourse/interactive/js/trainer.js";
import { golden } from "./golden.mjs";

function trained(changes, epochs = 5) {
  const trainer = new Trainer(changes);
  for (let i = 0; i < epochs && !trainer.problem; i++) trainer.trainEpoch();
  return trainer;
}

test("settings are those of Python", () => {
  const expected = golden("settings");
  assert.deepEqual(settings.DEFAULTS, expected.defaults);
  for (const [name, names] of Object.entries(expected.choices)) {
    assert.deepEqual([...settings.CHOICES[name]].sort(), [...names].sort(), name);
  }
  assert.deepEqual(settings.LIMITS, expected.limits);
  for (const name of ["MAX_LAYERS", "MAX_UNITS", "MAX_OWN_POINTS"]) {
    assert.equal(settings[name], expected[name]);
  }
});

test("settings are made valid", () => {
  const { normalize, DEFAULTS } = settings;
  assert.deepEqual(normalize(null), DEFAULTS);
  const wild = normalize({
    points: "mars", n_samples: 1e9, noise: NaN, seed: 1.4, features: ["x9"], hidden: [0, 99, "a"],
    own_points: [[1, 2], [1e9, 0, 7]], learning_rate: "fast", evil: "<script>",
  });
  assert.equal(wild.points, "moons");
  assert.equal(wild.n_samples, 1000);
  assert.equal(wild.noise, DEFAULTS.noise);
  assert.equal(wild.seed, 1);
  assert.deepEqual(wild.features, DEFAULTS.features);
  assert.deepEqual(wild.hidden, [1, 32, 4]);
  assert.deepEqual(wild.own_points, [[1000, 0, 2]]);
  assert.equal(wild.learning_rate, DEFAULTS.learning_rate);
  assert.ok(!("evil" in wild));
});

test("a link restores the settings, and after n epochs the same loss", () => {
  const first = trained({ points: "spirals", hidden: [7, 5], seed: 3, dropout: 0.1 });
  const hash = `#3;${settings.encodeLink(first.settings)}`;
  assert.match(hash, /^#3;playground=[\w-]+$/);
  const second = trained(settings.decodeLink(hash));
  assert.deepEqual(second.settings, first.settings);
  assert.deepEqual(second.latest, first.latest);
  assert.equal(settings.decodeLink("#3"), null);
  assert.equal(settings.decodeLink("#playground=%%%"), null);
});

test("reset gives the same weights and the same training again", () => {
  const trainer = trained({ dropout: 0.2 });
  const { latest } = trainer;
  const start = new Trainer({ dropout: 0.2 }).network.params;
  trainer.reset();
  assert.deepEqual(trainer.network.params, start);
  for (let i = 0; i < 5; i++) trainer.trainEpoch();
  assert.deepEqual(trainer.latest, latest);
});

test("batches make an epoch", () => {
  const [one, other] = [new Trainer({}), trained({}, 1)];
  for (let i = 0; i < one.batchesPerEpoch; i++) one.step();
  assert.equal(one.epoch, 1);
  assert.deepEqual(one.network.params, other.network.params);
  assert.deepEqual(one.history.epoch, [0, 1]);
});

test("a learning rate that is too high ends with words and without NaN", () => {
  for (const activation of ["relu", "tanh", "linear", "selu"]) {
    for (const points of ["moons", "sine", "blobs"]) {
      for (const optimizer of ["sgd", "momentum", "adam", "lion"]) {
        const trainer = trained({ activation, points, optimizer, learning_rate: 10 }, 30);
        assert.ok(trainer.network.params.every(Number.isFinite));
        assert.ok(Object.values(trainer.history).flat().every((value) => value === null || Number.isFinite(value)));
        if (points === "sine" && activation === "linear" && optimizer === "sgd") {
          assert.match(trainer.problem, /diverged in epoch \d+: .*Choose a lower learning rate/);
          trainer.change({ learning_rate: 0.001 });
          assert.equal(trainer.problem, "");
          trainer.trainEpoch();
          assert.equal(trainer.problem, "");
        }
      }
    }
  }
});

test("the rate, the optimizer and penalties change without starting over", () => {
  const trainer = trained({});
  assert.equal(trainer.change({ learning_rate: 0.1, l2: 0.001, batch_size: 50, dropout: 0.2 }), false);
  assert.equal(trainer.epoch, 5);
  trainer.change({ optimizer: "lion" });
  trainer.trainEpoch();
  assert.equal(trainer.epoch, 6);
  assert.equal(trainer.change({ hidden: [4, 3] }), true);
  assert.equal(trainer.epoch, 0);
});

test("without a remedy the lecture's network overfits, and L2 and dropout help", () => {
  const lecture = { hidden: [32, 32], noise: 0.25 };
  const [free, l2, dropout] = [{}, { l2: 0.001 }, { dropout: 0.3 }].map(
    (remedy) => trained({ ...lecture, ...remedy }, 300));
  const gap = ({ latest }) => latest.val_loss - latest.loss;
  const size = ({ network }) => network.params.reduce((sum, weight) => sum + weight * weight, 0);
  assert.ok(free.latest.val_loss > 1.3 * free.best.loss);
  assert.ok(free.latest.val_loss > 2 * free.latest.loss);
  assert.ok(size(l2) < size(free) / 2);
  assert.ok(gap(l2) < gap(free) / 2);
  assert.ok(gap(dropout) < gap(free));
});

test("one's own points may be added during training", () => {
  const rows = [[0, 0, 0], [1, 1, 1], [0, 1, 1], [1, 0, 0]];
  const trainer = trained({ points: "own", own_points: rows, test_fraction: 0 });
  const { params } = trainer.network;
  trainer.change({ own_points: [...rows, [2, 2, 1]] });
  assert.equal(trainer.epoch, 5);
  assert.equal(trainer.network.params, params);
  assert.equal(trainer.train.n, 5);
  trainer.trainEpoch();
  trainer.change({ own_points: [...rows, [2, 2, 2]] });
  assert.equal(trainer.outputs, 3);
  assert.equal(trainer.epoch, 0);
});

test("given weights are the start, until layers change", () => {
  const weights = new Float64Array(2 * 4 + 4 + 4 * 2 + 2 + 2 + 1).fill(0.5);
  const trainer = new Trainer({ hidden: [4, 2] }, weights);
  assert.deepEqual(trainer.network.params, weights);
  trainer.trainEpoch();
  trainer.reset();
  assert.deepEqual(trainer.network.params, weights);
  trainer.change({ noise: 0.3 });
  assert.deepEqual(trainer.network.params, weights);
  trainer.change({ seed: 1 });
  assert.notDeepEqual(trainer.network.params, weights);
});

test("saved weights and history are restored", () => {
  const first = trained({});
  const second = new Trainer({});
  second.restore(first.network.params.slice(), first.epoch, first.history);
  assert.equal(second.epoch, 5);
  assert.deepEqual(second.latest, first.latest);
  assert.deepEqual(second.history, first.history);
  assert.deepEqual(second.best, first.best);
});

test("a weight can be changed", () => {
  const trainer = trained({});
  trainer.setParameter(0, 3);
  trainer.setParameter(1, NaN);
  assert.equal(trainer.network.params[0], 3);
  assert.ok(Number.isFinite(trainer.network.params[1]));
  assert.equal(trainer.history.epoch.at(-1), 5);
});

test("a long history is thinned", () => {
  const trainer = trained({ n_samples: 10, hidden: [], batch_size: 100 }, 4500);
  assert.ok(trainer.history.epoch.length <= 4001);
  assert.equal(trainer.history.epoch.at(-1), 4500);
});

test("CSV", () => {
  assert.deepEqual(parseCsv("x1,x2,class\n1,2,0\r\n-1.5; 2e-1; 2\n\n"), [[1, 2, 0], [-1.5, 0.2, 2]]);
  assert.throws(() => parseCsv("1,2"), /each line must have x1, x2 and a class.*line 1/);
  assert.throws(() => parseCsv("1,2,0\n1,2,5"), /a class must be 0, 1 or 2. Got 5 in line 2/);
});

test("code for Keras has each setting", () => {
  const trainer = new Trainer({
    points: "blobs", features: ["x1", "sin_x2"], hidden: [3], activation: "leaky_relu", dropout: 0.2,
    l1: 0.01, optimizer: "nesterov", learning_rate: 0.1,
  });
  const code = kerasCode(trainer);
  for (const part of [
    "np.column_stack([x[:, 0], np.sin(x[:, 1])])", 'Dense(3, "linear"', "LeakyReLU(negative_slope=0.1)",
    "Dropout(0.2)", "L1L2(0.01, 0)", 'Dense(3, "softmax"', "SGD(0.1, momentum=0.9, nesterov=True)",
    'loss="categorical_crossentropy"',
  ]) assert.ok(code.includes(part), part);
});
