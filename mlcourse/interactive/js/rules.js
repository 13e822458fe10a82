// Update rules of optimizers, as in mlcourse/optimizers/rules.py.
//
// slots: the number of arrays of state, each like the weights.
// update(w, g, slots, eta, t, settings, state): take step t, counted from 1, in place.

const BETAS = { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 };

const sgd = {
  label: "SGD", slots: 0, defaults: {},
  update(w, g, slots, eta) {
    for (let i = 0; i < w.length; i++) w[i] -= eta * g[i];
  },
};

const momentum = {
  label: "Momentum", slots: 1, defaults: { momentum: 0.9 },
  update(w, g, [v], eta, t, { momentum: beta }) {
    for (let i = 0; i < w.length; i++) {
      v[i] = beta * v[i] - eta * g[i];
      w[i] += v[i];
    }
  },
};

const nesterov = {
  label: "Nesterov", slots: 1, defaults: { momentum: 0.9 },
  update(w, g, [v], eta, t, { momentum: beta }) {
    for (let i = 0; i < w.length; i++) {
      v[i] = beta * v[i] - eta * g[i];
      w[i] = w[i] + beta * v[i] - eta * g[i];
    }
  },
};

const adagrad = {
  label: "AdaGrad", slots: 1, defaults: { initial_accumulator: 0.1, epsilon: 1e-7 },
  init([s], settings) {
    s.fill(settings.initial_accumulator);
  },
  update(w, g, [s], eta, t, { epsilon }) {
    for (let i = 0; i < w.length; i++) {
      s[i] += g[i] * g[i];
      w[i] -= eta * g[i] / Math.sqrt(s[i] + epsilon);
    }
  },
};

const adadelta = {
  label: "AdaDelta", slots: 2, defaults: { rho: 0.95, epsilon: 1e-7 },
  update(w, g, [s, d], eta, t, { rho, epsilon }) {
    for (let i = 0; i < w.length; i++) {
      s[i] = rho * s[i] + (1 - rho) * g[i] * g[i];
      const change = -g[i] * Math.sqrt(d[i] + epsilon) / Math.sqrt(s[i] + epsilon);
      d[i] = rho * d[i] + (1 - rho) * change * change;
      w[i] += eta * change;
    }
  },
};

const rmsprop = {
  label: "RMSprop", slots: 2, defaults: { rho: 0.9, momentum: 0, epsilon: 1e-7 },
  update(w, g, [s, v], eta, t, { rho, momentum: beta, epsilon }) {
    for (let i = 0; i < w.length; i++) {
      s[i] = rho * s[i] + (1 - rho) * g[i] * g[i];
      v[i] = beta * v[i] - eta * g[i] / Math.sqrt(s[i] + epsilon);
      w[i] += v[i];
    }
  },
};

const adam = {
  label: "Adam", slots: 2, defaults: BETAS,
  update(w, g, [m, s], eta, t, { beta_1: beta1, beta_2: beta2, epsilon }) {
    const scaleM = 1 - beta1 ** t;
    const scaleS = 1 - beta2 ** t;
    for (let i = 0; i < w.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      s[i] = beta2 * s[i] + (1 - beta2) * g[i] * g[i];
      w[i] -= eta * (m[i] / scaleM) / (Math.sqrt(s[i] / scaleS) + epsilon);
    }
  },
};

const adamax = {
  label: "AdaMax", slots: 2, defaults: BETAS,
  update(w, g, [m, u], eta, t, { beta_1: beta1, beta_2: beta2, epsilon }) {
    const scaleM = 1 - beta1 ** t;
    for (let i = 0; i < w.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      u[i] = Math.max(beta2 * u[i], Math.abs(g[i]));
      w[i] -= eta * (m[i] / scaleM) / (u[i] + epsilon);
    }
  },
};

const nadam = {
  label: "Nadam", slots: 2, defaults: BETAS,
  update(w, g, [m, s], eta, t, { beta_1: beta1, beta_2: beta2, epsilon }, state) {
    const mu = beta1 * (1 - 0.96 ** t / 2);
    const muNext = beta1 * (1 - 0.96 ** (t + 1) / 2);
    state.product = (state.product ?? 1) * mu;
    const scaleM = muNext / (1 - state.product * muNext);
    const scaleG = (1 - mu) / (1 - state.product);
    const scaleS = 1 - beta2 ** t;
    for (let i = 0; i < w.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      s[i] = beta2 * s[i] + (1 - beta2) * g[i] * g[i];
      const mean = scaleM * m[i] + scaleG * g[i];
      w[i] -= eta * mean / (Math.sqrt(s[i] / scaleS) + epsilon);
    }
  },
};

const adamw = {
  label: "AdamW", slots: 2, defaults: { weight_decay: 0.004, ...BETAS },
  update(w, g, [m, s], eta, t, { weight_decay: decay, beta_1: beta1, beta_2: beta2, epsilon }) {
    const scaleM = 1 - beta1 ** t;
    const scaleS = 1 - beta2 ** t;
    for (let i = 0; i < w.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      s[i] = beta2 * s[i] + (1 - beta2) * g[i] * g[i];
      const step = (m[i] / scaleM) / (Math.sqrt(s[i] / scaleS) + epsilon);
      w[i] = w[i] - eta * step - eta * decay * w[i];
    }
  },
};

const lion = {
  label: "Lion", slots: 1, defaults: { weight_decay: 0, beta_1: 0.9, beta_2: 0.99 },
  update(w, g, [m], eta, t, { weight_decay: decay, beta_1: beta1, beta_2: beta2 }) {
    for (let i = 0; i < w.length; i++) {
      const direction = Math.sign(beta1 * m[i] + (1 - beta1) * g[i]);
      m[i] = beta2 * m[i] + (1 - beta2) * g[i];
      w[i] -= eta * (direction + decay * w[i]);
    }
  },
};

export const RULES = {
  sgd, momentum, nesterov, adagrad, adadelta, rmsprop, adam, adamax, nadam, adamw, lion,
};

export class Optimizer {
  constructor(name, learningRate, size, settings = {}) {
    this.rule = RULES[name];
    this.learningRate = learningRate;
    this.settings = { ...this.rule.defaults, ...settings };
    this.slots = Array.from({ length: this.rule.slots }, () => new Float64Array(size));
    this.state = {};
    this.t = 0;
    this.rule.init?.(this.slots, this.settings);
  }

  apply(w, g) {
    this.t++;
    this.rule.update(w, g, this.slots, this.learningRate, this.t, this.settings, this.state);
  }
}
