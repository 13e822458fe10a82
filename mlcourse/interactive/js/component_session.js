// What the sessions of all live components share: one state, however many views show it.

export class ComponentSession {
  constructor() {
    this.views = new Set();
    this.running = false;
    this.onChange = () => {}; // tells Python, where there is a kernel
  }

  // What Python hears of, by name: a new object of settings.
  get saved() {
    return { settings: { ...this.settings } };
  }

  update() {
    for (const view of this.views) view.update();
  }

  changed() {
    this.update();
    this.onChange();
  }
}

// A session that is described by its settings alone.
export class SettingsSession extends ComponentSession {
  // normalize(given): return valid settings.
  constructor(settings, normalize) {
    super();
    this.normalize = normalize;
    this.load(settings);
  }

  change(changes) {
    const before = JSON.stringify(this.settings);
    this.load({ ...this.settings, ...changes });
    if (JSON.stringify(this.settings) !== before) this.onChange();
  }

  load(settings) {
    this.settings = this.normalize(settings);
    this.update();
  }
}

// Whether a reader prefers reduced motion.
export function isCalm() {
  return Boolean(globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches);
}
