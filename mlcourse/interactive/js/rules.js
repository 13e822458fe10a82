// Update rules of optimizers, as in mlcourse/optimizers/rules.py.
//
// slots: the number of arrays of state, each like the weights w and the gradient g.
// update({w, g, slots, eta, learningRate, t, settings, state, f}): take step t, counted from 1, in
// place. f rounds each result, in the order of NumPy: with SINGLE all is float32, to the last bit.

const BETAS = { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 };

const sgd = {
  label: "SGD", slots: 0, defaults: {},
  update({ w, g, eta, f }) {
    for (let i = 0; i < w.length; i++) w[i] -= f(eta * g[i]);
  },
};

const momentum = {
  label: "Momentum", slots: 1, defaults: { momentum: 0.9 },
  update({ w, g, slots: [v], eta, f, settings }) {
    const beta = f(settings.momentum);
    for (let i = 0; i < w.length; i++) {
      v[i] = f(beta * v[i]) - f(eta * g[i]);
      w[i] += v[i];
    }
  },
};

const nesterov = {
  label: "Nesterov", slots: 1, defaults: { momentum: 0.9 },
  update({ w, g, slots: [v], eta, f, settings }) {
    const beta = f(settings.momentum);
    for (let i = 0; i < w.length; i++) {
      const step = f(eta * g[i]);
      v[i] = f(beta * v[i]) - step;
      w[i] = f(w[i] + f(beta * v[i])) - step;
    }
  },
};

const adagrad = {
  label: "AdaGrad", slots: 1, defaults: { initial_accumulator: 0.1, epsilon: 1e-7 },
  init([s], settings) {
    s.fill(settings.initial_accumulator);
  },
  update({ w, g, slots: [s], eta, f, settings }) {
    const epsilon = f(settings.epsilon);
    for (let i = 0; i < w.length; i++) {
      s[i] += f(g[i] * g[i]);
      w[i] -= f(f(eta * g[i]) / f(Math.sqrt(f(s[i] + epsilon))));
    }
  },
};

const adadelta = {
  label: "AdaDelta", slots: 2, defaults: { rho: 0.95, epsilon: 1e-7 },
  update({ w, g, slots: [s, d], eta, f, settings }) {
    const rho = f(settings.rho);
    const rest = f(1 - settings.rho);
    const epsilon = f(settings.epsilon);
    for (let i = 0; i < w.length; i++) {
      s[i] = f(rho * s[i]) + f(rest * f(g[i] * g[i]));
      const size = f(Math.sqrt(f(d[i] + epsilon)));
      const change = f(f(-g[i] * size) / f(Math.sqrt(f(s[i] + epsilon))));
      d[i] = f(rho * d[i]) + f(rest * f(change * change));
      w[i] += f(eta * change);
    }
  },
};

const rmsprop = {
  label: "RMSprop", slots: 2, defaults: { rho: 0.9, momentum: 0, epsilon: 1e-7 },
  update({ w, g, slots: [s, v], eta, f, settings }) {
    const rho = f(settings.rho);
    const rest = f(1 - settings.rho);
    const beta = f(settings.momentum);
    const epsilon = f(settings.epsilon);
    for (let i = 0; i < w.length; i++) {
      s[i] = f(rho * s[i]) + f(rest * f(g[i] * g[i]));
      v[i] = f(beta * v[i]) - f(f(eta * g[i]) / f(Math.sqrt(f(s[i] + epsilon))));
      w[i] += v[i];
    }
  },
};

// Return the constants of Adam's kin in step t.
function betas(settings, t, f) {
  const beta1 = f(settings.beta_1);
  const beta2 = f(settings.beta_2);
  return {
    beta1, beta2,
    rest1: f(1 - settings.beta_1),
    rest2: f(1 - settings.beta_2),
    scaleM: f(1 - f(beta1 ** t)),
    scaleS: f(1 - f(beta2 ** t)),
    epsilon: f(settings.epsilon),
  };
}

function adamUpdate({ w, g, slots: [m, s], eta, t, f, settings }, decay = 0) {
  const { beta1, beta2, rest1, rest2, scaleM, scaleS, epsilon } = betas(settings, t, f);
  for (let i = 0; i < w.length; i++) {
    m[i] = f(beta1 * m[i]) + f(rest1 * g[i]);
    s[i] = f(beta2 * s[i]) + f(rest2 * f(g[i] * g[i]));
    const step = f(eta * f(m[i] / scaleM));
    const size = f(f(Math.sqrt(f(s[i] / scaleS))) + epsilon);
    w[i] = f(w[i] - f(step / size)) - f(decay * w[i]);
  }
}

const adam = {
  label: "Adam", slots: 2, defaults: BETAS,
  update: (step) => adamUpdate(step),
};

const adamw = {
  label: "AdamW", slots: 2, defaults: { weight_decay: 0.004, ...BETAS },
  update(step) {
    adamUpdate(step, step.f(step.learningRate * step.settings.weight_decay));
  },
};

const adamax = {
  label: "AdaMax", slots: 2, defaults: BETAS,
  update({ w, g, slots: [m, u], eta, t, f, settings }) {
    const { beta1, beta2, rest1, scaleM, epsilon } = betas(settings, t, f);
    for (let i = 0; i < w.length; i++) {
      m[i] = f(beta1 * m[i]) + f(rest1 * g[i]);
      u[i] = Math.max(f(beta2 * u[i]), Math.abs(g[i]));
      w[i] -= f(f(eta * f(m[i] / scaleM)) / f(u[i] + epsilon));
    }
  },
};

const nadam = {
  label: "Nadam", slots: 2, defaults: BETAS,
  update({ w, g, slots: [m, s], eta, t, f, settings, state }) {
    const { beta1, beta2, rest1, rest2, epsilon } = betas(settings, t, f);
    const mu = settings.beta_1 * (1 - 0.96 ** t / 2);
    const muNext = settings.beta_1 * (1 - 0.96 ** (t + 1) / 2);
    state.product = (state.product ?? 1) * mu;
    const scaleM = f(1 - state.product * muNext);
    const scaleG = f(1 - state.product);
    const scaleS = f(1 - settings.beta_2 ** t);
    for (let i = 0; i < w.length; i++) {
      m[i] = f(beta1 * m[i]) + f(rest1 * g[i]);
      s[i] = f(beta2 * s[i]) + f(rest2 * f(g[i] * g[i]));
      const mean = f(f(f(f(muNext) * m[i]) / scaleM) + f(f(f(1 - mu) * g[i]) / scaleG));
      w[i] -= f(f(eta * mean) / f(f(Math.sqrt(f(s[i] / scaleS))) + epsilon));
    }
  },
};

const lion = {
  label: "Lion", slots: 1, defaults: { weight_decay: 0, beta_1: 0.9, beta_2: 0.99 },
  update({ w, g, slots: [m], eta, f, settings }) {
    const { beta1, beta2, rest1, rest2 } = betas({ ...settings, epsilon: 0 }, 1, f);
    const decay = f(settings.weight_decay);
    for (let i = 0; i < w.length; i++) {
      const direction = Math.sign(f(f(beta1 * m[i]) + f(rest1 * g[i])));
      m[i] = f(beta2 * m[i]) + f(rest2 * g[i]);
      w[i] -= f(eta * f(direction + f(decay * w[i])));
    }
  },
};

export const RULES = {
  sgd, momentum, nesterov, adagrad, adadelta, rmsprop, adam, adamax, nadam, adamw, lion,
};

export const DOUBLE = { Floats: Float64Array, f: (x) => x };
export const SINGLE = { Floats: Float32Array, f: Math.fround };

export class Optimizer {
  constructor(name, learningRate, size, settings = {}, { Floats, f } = DOUBLE) {
    const rule = RULES[name];
    this.rule = rule;
    this.f = f;
    this.learningRate = learningRate;
    this.settings = { ...rule.defaults, ...settings };
    this.slots = Array.from({ length: rule.slots }, () => new Floats(size));
    this.state = {};
    this.t = 0;
    rule.init?.(this.slots, this.settings);
  }

  apply(w, g) {
    this.t++;
    const { slots, learningRate, t, settings, state, f } = this;
    this.rule.update({ w, g, slots, learningRate, eta: f(learningRate), t, settings, state, f });
  }
}
