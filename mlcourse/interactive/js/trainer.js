// The state of a playground, without any page: points, network, optimizer, history.

import { initialize } from "./initializers.js";
import { Network } from "./network.js";
import { POINTS, computeFeatures, makePoints, split } from "./points.js";
import { STREAMS, generator, permutation } from "./random.js";
import { Optimizer } from "./rules.js";
import { KEEP_TRAINING, normalize } from "./settings.js";

const LARGEST_LOSS = 1e9;
const LONGEST_HISTORY = 4000;
// After a change of these, weights that were put in are dropped.
const NEW_WEIGHTS = new Set(["features", "hidden", "initializer", "seed"]);
export const HISTORY_KEYS = ["epoch", "loss", "val_loss", "accuracy", "val_accuracy"];

function ownData(rows) {
  return { x: Float64Array.from(rows.flatMap(([x1, x2]) => [x1, x2])), y: Float64Array.from(rows, (row) => row[2]) };
}

export class Trainer {
  constructor(settings, weights = null) {
    this.settings = normalize(settings);
    this.startWeights = weights;
    this.reset();
  }

  // Change some settings. Return whether points or network are new.
  change(changes) {
    const before = this.settings;
    this.settings = normalize({ ...before, ...changes });
    const changed = Object.keys(before).filter(
      (key) => JSON.stringify(before[key]) !== JSON.stringify(this.settings[key]));
    if (changed.length === 1 && changed[0] === "own_points") {
      this.replacePoints();
      return true;
    }
    if (changed.some((key) => !KEEP_TRAINING.has(key))) {
      if (changed.some((key) => NEW_WEIGHTS.has(key))) this.startWeights = null;
      this.reset();
      return true;
    }
    if (changed.includes("optimizer")) this.makeOptimizer();
    if (changed.includes("batch_size")) this.position = 0;
    this.optimizer.learningRate = this.settings.learning_rate;
    this.problem = "";
    return false;
  }

  // Continue with other points, unless they need another network.
  replacePoints() {
    const { outputs } = this;
    this.makeData();
    if (outputs !== this.outputs) {
      this.reset();
      return;
    }
    this.makeWorkspaces();
    this.position = 0;
    this.problem = "";
    this.evaluate();
  }

  // Start over: the same seed gives the same points, weights and order.
  reset() {
    const { seed } = this.settings;
    this.makeData();
    this.makeNetwork();
    this.makeOptimizer();
    this.orderRandom = generator(seed, STREAMS.order);
    this.dropoutRandom = generator(seed, STREAMS.dropout);
    this.position = 0;
    this.epoch = 0;
    this.problem = "";
    this.best = null;
    this.history = Object.fromEntries(HISTORY_KEYS.map((key) => [key, []]));
    this.evaluate();
  }

  makeData() {
    const { points, n_samples: n, noise, seed, test_fraction: fraction } = this.settings;
    const isOwn = points === "own";
    this.data = isOwn ? ownData(this.settings.own_points) : makePoints(points, n, noise, seed);
    const labels = this.data.y;
    this.classes = isOwn ? Math.max(2, Math.max(...labels) + 1) : POINTS[points].classes;
    const indices = split(labels.length, fraction, seed);
    this.train = this.part(indices.train);
    this.test = this.part(indices.test);
  }

  part(indices) {
    const { x, y } = this.data;
    const outputs = this.outputs;
    const targets = new Float64Array(indices.length * outputs);
    indices.forEach((point, i) => {
      if (outputs > 1) targets[i * outputs + y[point]] = 1;
      else targets[i] = y[point];
    });
    const features = computeFeatures(this.settings.features, x, indices);
    return { n: indices.length, indices, x: features, y: targets };
  }

  get outputs() {
    return this.classes > 2 ? this.classes : 1;
  }

  get outputFunction() {
    if (!this.classes) return "linear";
    return this.classes > 2 ? "softmax" : "sigmoid";
  }

  get lossName() {
    if (!this.classes || this.settings.loss === "mean_squared_error") return "mean_squared_error";
    return this.classes > 2 ? "categorical_crossentropy" : "binary_crossentropy";
  }

  get sizes() {
    return [this.settings.features.length, ...this.settings.hidden, this.outputs];
  }

  makeNetwork() {
    const { activation, initializer, seed } = this.settings;
    this.network = new Network(this.sizes, activation, this.outputFunction);
    if (this.startWeights?.length === this.network.params.length) this.network.params.set(this.startWeights);
    else initialize(this.network, initializer, seed);
    this.makeWorkspaces();
    this.good = this.network.params.slice();
  }

  makeWorkspaces() {
    this.batchSpace = this.network.workspace(this.settings.batch_size);
    this.trainSpace = this.network.workspace(this.train.n);
    this.testSpace = this.network.workspace(this.test.n);
  }

  makeOptimizer() {
    const { optimizer, learning_rate: rate } = this.settings;
    this.optimizer = new Optimizer(optimizer, rate, this.network.params.length);
  }

  // Continue from saved weights and history; the optimizer's own state is not saved.
  restore(weights, epoch, history) {
    if (weights?.length !== this.network.params.length || !HISTORY_KEYS.every((key) => history[key])) return;
    this.network.params.set(weights);
    this.epoch = epoch;
    this.history = Object.fromEntries(HISTORY_KEYS.map((key) => [key, [...history[key]]]));
    this.best = null;
    history.epoch.forEach((saved, i) => this.judge(saved, history.val_loss[i] ?? history.loss[i]));
    this.evaluate();
  }

  setParameter(index, value) {
    if (!Number.isFinite(value)) return;
    this.network.params[index] = value;
    this.good.set(this.network.params);
    this.evaluate();
  }

  get batchesPerEpoch() {
    return Math.ceil(this.train.n / this.settings.batch_size);
  }

  // Train on the next batch. The loss is not computed: `evaluate` does it.
  trainBatch() {
    const { batch_size: size, l1, l2, dropout } = this.settings;
    const { network, train } = this;
    if (this.position === 0) this.order = permutation(train.n, this.orderRandom);
    const begin = this.position * size;
    const n = Math.min(size, train.n - begin);
    if (this.batchSpace.n < n) this.batchSpace = network.workspace(n);
    const [inputs, outputs] = [network.sizes[0], this.outputs];
    if (this.batchX?.length !== n * inputs) this.batchX = new Float64Array(n * inputs);
    if (this.batchY?.length !== n * outputs) this.batchY = new Float64Array(n * outputs);
    for (let row = 0; row < n; row++) {
      const point = this.order[begin + row];
      for (let i = 0; i < inputs; i++) this.batchX[row * inputs + i] = train.x[point * inputs + i];
      for (let j = 0; j < outputs; j++) this.batchY[row * outputs + j] = train.y[point * outputs + j];
    }
    const masks = dropout ? this.dropoutMasks(n, dropout) : null;
    network.forward(this.batchX, n, this.batchSpace, { masks });
    network.backward(this.lossName, this.batchX, this.batchY, n, this.batchSpace, masks);
    network.addPenalty(l1, l2);
    this.optimizer.apply(network.params, network.gradients);
    this.position++;
    if (this.position < this.batchesPerEpoch) return;
    this.position = 0;
    this.epoch++;
  }

  dropoutMasks(n, rate) {
    const scale = 1 / (1 - rate);
    return this.network.layers.slice(0, -1).map(({ units }) =>
      Float64Array.from({ length: n * units }, () => (this.dropoutRandom() < rate ? 0 : scale)));
  }

  // Train on one batch and check it.
  step() {
    this.trainBatch();
    this.evaluate();
  }

  // Train to the end of the epoch, and add it to the history.
  trainEpoch({ evaluate = true } = {}) {
    const end = this.epoch + 1;
    while (this.epoch < end) this.trainBatch();
    if (evaluate) this.evaluate();
  }

  // Compute losses and accuracies. If the training diverged, say so and take back its last steps.
  evaluate() {
    const { network, lossName } = this;
    network.forward(this.train.x, this.train.n, this.trainSpace);
    const loss = network.loss(lossName, this.train.y, this.train.n, this.trainSpace);
    if (!(loss < LARGEST_LOSS) || !network.params.every(Number.isFinite)) {
      this.takeBack();
      return;
    }
    this.good.set(network.params);
    const values = { epoch: this.epoch, loss, val_loss: null, accuracy: null, val_accuracy: null };
    if (this.classes) values.accuracy = this.accuracy(this.train, this.trainSpace);
    if (this.test.n) {
      network.forward(this.test.x, this.test.n, this.testSpace);
      const testLoss = network.loss(lossName, this.test.y, this.test.n, this.testSpace);
      values.val_loss = Number.isFinite(testLoss) ? testLoss : Number.MAX_VALUE;
      if (this.classes) values.val_accuracy = this.accuracy(this.test, this.testSpace);
    }
    this.record(values);
  }

  takeBack() {
    this.network.params.set(this.good);
    this.makeOptimizer();
    this.problem = `The training diverged in epoch ${this.epoch + (this.position ? 1 : 0)}: the loss is `
      + "too large or not a number. The last good weights are shown. Choose a lower learning rate.";
  }

  record(values) {
    const { history } = this;
    const last = history.epoch.length - 1;
    if (history.epoch[last] === values.epoch) for (const key of HISTORY_KEYS) history[key].pop();
    for (const key of HISTORY_KEYS) history[key].push(values[key]);
    if (history.epoch.length > LONGEST_HISTORY) {
      for (const key of HISTORY_KEYS) history[key] = history[key].filter((_, i) => i % 2 === 0);
    }
    this.latest = values;
    this.judge(values.epoch, values.val_loss ?? values.loss);
  }

  judge(epoch, loss) {
    if (!this.best || loss < this.best.loss) this.best = { epoch, loss };
  }

  accuracy({ n, y }, space) {
    const a = space.a[space.a.length - 1];
    const { outputs } = this;
    let correct = 0;
    for (let row = 0; row < n; row++) {
      if (outputs === 1) {
        correct += Number(a[row] > 0.5) === y[row];
        continue;
      }
      let highest = 0;
      for (let j = 1; j < outputs; j++) {
        if (a[row * outputs + j] > a[row * outputs + highest]) highest = j;
      }
      correct += y[row * outputs + highest] === 1;
    }
    return correct / n;
  }

  // Return [x1 of the left, x2 of the bottom, side] of the square that holds all points.
  get frame() {
    const { x } = this.data;
    const low = [Infinity, Infinity];
    const high = [-Infinity, -Infinity];
    for (let i = 0; i < x.length; i++) {
      low[i % 2] = Math.min(low[i % 2], x[i]);
      high[i % 2] = Math.max(high[i % 2], x[i]);
    }
    const side = 1.2 * Math.max(high[0] - low[0], high[1] - low[1], 0.5);
    return [(low[0] + high[0] - side) / 2, (low[1] + high[1] - side) / 2, side];
  }

  // Return the features of a grid of points, row by row from the top left of the frame.
  grid(pixels) {
    const [left, bottom, side] = this.frame;
    const x = new Float64Array(2 * pixels * pixels);
    for (let row = 0; row < pixels; row++) {
      for (let column = 0; column < pixels; column++) {
        const i = 2 * (row * pixels + column);
        x[i] = left + (column + 0.5) / pixels * side;
        x[i + 1] = bottom + (1 - (row + 0.5) / pixels) * side;
      }
    }
    return computeFeatures(this.settings.features, x);
  }
}
