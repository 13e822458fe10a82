// Learning-rate schedules as in mlcourse/optimizers/schedules.py: functions of the step.

export const STEPS = 100;
export const MAX_LEARNING_RATE = 0.2;
export const CYCLES = ["triangular", "triangular2", "exp_range"];
const FINAL_DIV_FACTOR = 1e4;

// The parameters of all schedules: label with symbol, lowest and highest value, step of a slider,
// default. The numbers are those of mlcourse/interactive/components/schedules.py.
export const PARAMETERS = {
  learning_rate: ["Learning rate η", 0.01, MAX_LEARNING_RATE, 0.01, 0.1],
  decay_steps: ["Steps of a decay T", 5, 100, 5, 30],
  decay_rate: ["Decay rate γ", 0.1, 1, 0.05, 0.5],
  first_decay_steps: ["Steps of the first period T₀", 5, 100, 5, 15],
  t_mul: ["Factor of period lengths k", 1, 3, 0.25, 2],
  m_mul: ["Factor of restarts m", 0.1, 1, 0.1, 1],
  alpha: ["Lowest fraction α", 0, 0.9, 0.1, 0],
  base_lr: ["Lowest learning rate η₀", 0, 0.09, 0.01, 0.01],
  max_lr: ["Highest learning rate η₁", 0.1, MAX_LEARNING_RATE, 0.01, 0.1],
  step_size: ["Steps of half a cycle T", 5, 50, 5, 15],
  gamma: ["Factor of each step γ", 0.9, 1, 0.005, 0.99],
  total_steps: ["Steps of the training N", 20, 100, 5, 100],
  pct_start: ["Fraction of steps that rise p", 0, 0.9, 0.05, 0.3],
  div_factor: ["Initial divisor d", 1, 50, 1, 25],
  step: ["Step t", 0, STEPS - 1, 1, 0],
};

// rate(settings): return a function from the step to the learning rate. In formulas, ^{} is an
// exponent.
export const SCHEDULES = {
  constant: {
    parameters: ["learning_rate"],
    formula: "η",
    rate: ({ learning_rate: eta }) => () => eta,
  },
  exponential_decay: {
    parameters: ["learning_rate", "decay_steps", "decay_rate"],
    formula: "η γ^{t / T}",
    rate: ({ learning_rate: eta, decay_steps: steps, decay_rate: factor }) => (t) => eta * factor ** (t / steps),
  },
  inverse_time_decay: {
    parameters: ["learning_rate", "decay_steps", "decay_rate"],
    formula: "η / (1 + γ t / T)",
    rate: ({ learning_rate: eta, decay_steps: steps, decay_rate: rate }) => (t) => eta / (1 + rate * t / steps),
  },
  cosine_restarts: {
    parameters: ["learning_rate", "first_decay_steps", "t_mul", "m_mul", "alpha"],
    formula: "η m^{i} (α + (1 − α) (1 + cos(π s / Tᵢ)) / 2)",
    symbols: "i: restarts so far. s: steps since the last restart. Tᵢ = T₀ kⁱ: length of the period.",
    rate: cosineRestarts,
  },
  cyclical: {
    parameters: ["base_lr", "max_lr", "step_size", "mode", "gamma"],
    formula: "η₀ + (η₁ − η₀) (1 − |t / T − 2c + 1|) h",
    symbols: "c: cycle, counted from 1. h: height of the cycle, 1 for triangular, 2 to the power of 1 − c for "
      + "triangular2, γ to the power of t for exp_range.",
    rate: cyclical,
  },
  one_cycle: {
    parameters: ["max_lr", "total_steps", "pct_start", "div_factor"],
    formula: "η₁ / d ↗ η₁ ↘ η₁ / (10000 d)",
    symbols: "Each arrow is half a cosine. The highest learning rate is at step p N − 1.",
    rate: oneCycle,
  },
};

function cosineRestarts({ learning_rate: eta, first_decay_steps: first, t_mul: k, m_mul: m, alpha }) {
  return (t) => {
    let period = Math.floor(t / first);
    let done = t / first - period;
    if (k !== 1) { // period n starts after a geometric series of n terms
      period = Math.floor(Math.log1p(t / first * (k - 1)) / Math.log(k) + 1e-9);
      done = (t / first - (k ** period - 1) / (k - 1)) / k ** period;
    }
    return eta * m ** period * (alpha + (1 - alpha) * (1 + Math.cos(Math.PI * done)) / 2);
  };
}

function cyclical({ base_lr: low, max_lr: high, step_size: half, mode, gamma }) {
  const heights = { triangular: () => 1, triangular2: (cycle) => 0.5 ** (cycle - 1), exp_range: (_, t) => gamma ** t };
  return (t) => {
    const cycle = Math.floor(1 + t / (2 * half));
    const distance = Math.abs(t / half - 2 * cycle + 1); // from the peak, in half cycles
    return low + (high - low) * Math.max(0, 1 - distance) * heights[mode](cycle, t);
  };
}

function oneCycle({ max_lr: high, total_steps: steps, pct_start: fraction, div_factor: divisor }) {
  const first = high / divisor;
  const last = first / FINAL_DIV_FACTOR;
  const top = fraction * steps - 1;
  const halfCosine = (done) => (1 + Math.cos(Math.PI * done)) / 2;
  return (t) => {
    if (t < top) return first + (high - first) * halfCosine((t - top) / top);
    return last + (high - last) * halfCosine(Math.min(1, (t - top) / (steps - 1 - top)));
  };
}
