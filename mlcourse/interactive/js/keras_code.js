// Python code that builds the network of a playground in Keras, with its weights.

import { FEATURES } from "./points.js";

const OPTIMIZERS = {
  sgd: ["SGD", ""],
  momentum: ["SGD", "momentum=0.9"],
  nesterov: ["SGD", "momentum=0.9, nesterov=True"],
  adagrad: ["Adagrad", ""],
  adadelta: ["Adadelta", ""],
  rmsprop: ["RMSprop", ""],
  adam: ["Adam", ""],
  adamax: ["Adamax", ""],
  nadam: ["Nadam", ""],
  adamw: ["AdamW", ""],
  lion: ["Lion", "weight_decay=0.0"],
};

function numbers(values) {
  return `[${Array.from(values, (value) => Number(value.toPrecision(9))).join(", ")}]`;
}

function dense(units, activation, { l1, l2 }) {
  const penalty = l1 || l2 ? `, kernel_regularizer=keras.regularizers.L1L2(${l1}, ${l2})` : "";
  return `    keras.layers.Dense(${units}, "${activation}"${penalty}),`;
}

function hiddenLayer(units, settings) {
  const isLeaky = settings.activation === "leaky_relu";
  const lines = [dense(units, isLeaky ? "linear" : settings.activation, settings)];
  if (isLeaky) lines.push("    keras.layers.LeakyReLU(negative_slope=0.1),");
  if (settings.dropout) lines.push(`    keras.layers.Dropout(${settings.dropout}),`);
  return lines;
}

function weights({ layers, params }) {
  return layers.flatMap(({ inputs, units, weights: start, bias }) => {
    const rows = Array.from({ length: inputs }, (_, i) =>
      numbers(params.subarray(start + i * units, start + (i + 1) * units)));
    return [
      `    np.array([${rows.join(",\n              ")}]),`,
      `    np.array(${numbers(params.subarray(bias, bias + units))}),`,
    ];
  });
}

export function kerasCode(trainer) {
  const { settings, network } = trainer;
  const columns = settings.features.map((name) => FEATURES[name].code);
  const [optimizer, options] = OPTIMIZERS[settings.optimizer];
  const metrics = trainer.classes ? ', metrics=["accuracy"]' : "";
  return [
    "import keras",
    "import numpy as np",
    "",
    "",
    "def features(x):",
    '    """Return the inputs of the network for points x, (n, 2)."""',
    `    return np.column_stack([${columns.join(", ")}])`,
    "",
    "",
    "model = keras.Sequential([",
    `    keras.Input((${columns.length},)),`,
    ...settings.hidden.flatMap((units) => hiddenLayer(units, settings)),
    dense(trainer.outputs, trainer.outputFunction, settings),
    "])",
    "model.compile(",
    `    optimizer=keras.optimizers.${optimizer}(${settings.learning_rate}${options && `, ${options}`}),`,
    `    loss="${trainer.lossName}"${metrics},`,
    ")",
    "model.set_weights([",
    ...weights(network),
    "])",
    `# model.fit(features(x), y, batch_size=${settings.batch_size}, epochs=...)`,
    "",
  ].join("\n");
}
