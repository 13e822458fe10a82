// The playground: mount(host, session) shows a session in an element.

import { paintCurves } from "./charts.js";
import { makeColors } from "./colors.js";
import { button, element, select } from "./dom.js";
import { present } from "./frame.js";
import { kerasCode } from "./keras_code.js";
import { NetworkView, layerButtons } from "./network_view.js";
import { OutputView } from "./output_view.js";
import { STYLE } from "./playground_style.js";
import { SPEEDS, encodeLink } from "./settings.js";
import { SettingsView } from "./settings_view.js";

const SPEECH = 2000; // milliseconds between two announcements of a screen reader
const STATUS = 200; // milliseconds between two changes of the visible status
const CURVES = "Solid: training points. Dashed: test points. Vertical line: best epoch.";
const TURNS = 3; // output, curves and edges are painted in turn, one in each frame
const COMPACT_ROOM = 370; // pixels, the height of a layer on a slide

class PlaygroundView {
  // hasLink: whether there is a button for a link; isCompact: whether to fit the height of a slide.
  constructor(host, session, { hasLink = true, isCompact = false } = {}) {
    this.session = session;
    this.isVisible = true;
    this.frames = 0;
    this.lastStatus = 0;
    this.lastSpeech = 0;
    this.version = -1;
    this.makeParts(hasLink, isCompact);
    session.views.add(this);
    this.close = present(host, this.node, {
      style: STYLE,
      onTheme: (dark) => {
        this.colors = makeColors(dark);
        this.update();
      },
      onResize: () => this.resize(),
      onVisible: (isVisible) => {
        this.isVisible = isVisible;
        if (isVisible) session.wake();
      },
    });
  }

  makeParts(hasLink, isCompact) {
    const { session } = this;
    this.settings = new SettingsView(session);
    this.network = new NetworkView({
      onSelect: (layer, unit) => this.select({ layer, unit }),
      onLayers: (hidden) => session.change({ hidden }),
      ...(isCompact && { room: COMPACT_ROOM }),
    });
    this.output = new OutputView(session, this.settings.own);
    this.output.onClose = () => this.select(null);
    this.layers = layerButtons((hidden) => session.change({ hidden }), () => session.trainer.settings.hidden);
    this.loss = element("canvas", { className: "chart", attributes: { role: "img" } });
    this.accuracy = element("canvas", { className: "chart", attributes: { role: "img" } });
    this.status = element("p", { className: "status" });
    this.problem = element("p", { className: "problem", hidden: true, attributes: { role: "alert" } });
    this.speech = element("p", { className: "said", attributes: { "aria-live": "polite" } });
    this.history = element("details", {}, element("summary", { textContent: "History as a table" }));
    this.history.addEventListener("toggle", () => this.fillHistory());
    const curves = element("div", {}, element("p", { className: "title", textContent: "Loss and accuracy" }),
      this.loss, this.accuracy,
      element("p", { className: "legend", textContent: CURVES }),
      this.status, this.history);
    const region = { role: "region", "aria-label": "Neural network playground" };
    const bar = this.makeBar(hasLink);
    const settings = element("details", { className: "drawer", open: !isCompact },
      element("summary", { textContent: "Settings" }), this.settings.node);
    this.node = element("div", { className: isCompact ? "playground compact" : "playground", attributes: region },
      bar, this.problem, this.copied, this.speech,
      element("div", { className: "main-grid" },
        element("div", {}, this.layers.node, this.network.node), this.output.node, curves));
    (isCompact ? bar : this.node).append(settings);
  }

  makeBar(hasLink) {
    const { session } = this;
    this.run = button("Run", () => (session.running ? session.pause() : session.run()), { className: "main" });
    this.speed = select("Speed", SPEEDS, (speed) => session.change({ speed }));
    this.copied = element("div", { hidden: true });
    const bar = element("div", { className: "bar", attributes: { role: "group", "aria-label": "Training" } },
      this.run,
      button("1 batch", () => session.step(), { ariaLabel: "Train on 1 batch" }),
      button("1 epoch", () => session.epoch(), { ariaLabel: "Train for 1 epoch" }),
      button("Reset", () => session.reset(), { title: "Start over from the same first weights" }));
    if (hasLink) bar.append(button("Copy link", () => this.copy("link", this.link)));
    bar.append(button("Copy as Keras", () => this.copy("Keras code", kerasCode(session.trainer))), this.speed.node);
    return bar;
  }

  get link() {
    const [address, hash = ""] = location.href.split("#");
    const slide = hash.match(/^\d+/);
    return `${address}#${slide ? `${slide};` : ""}${encodeLink(this.session.trainer.settings)}`;
  }

  // Copy a text, and show it for browsers that do not allow that.
  async copy(what, text) {
    const area = element("textarea", { value: text, readOnly: true, ariaLabel: what });
    const message = element("p");
    this.copied.replaceChildren(message, area, button("Close", () => {
      this.copied.hidden = true;
    }));
    this.copied.hidden = false;
    try {
      await navigator.clipboard.writeText(text);
      message.textContent = `Copied the ${what}:`;
    } catch {
      message.textContent = `Copy the ${what}:`;
      area.select();
    }
    this.speech.textContent = message.textContent;
  }

  resize() {
    if (!this.node.clientWidth) return; // hidden, for example on another slide: keep what is painted
    this.network.layout();
    this.update();
  }

  select(selected) {
    this.output.select(selected);
    this.network.mark(this.output.selected);
    this.update();
  }

  // Show all of the session's state: settings, network, maps, curves.
  update() {
    const { session } = this;
    const { trainer } = session;
    if (this.version !== session.version || this.builtFor !== trainer.network) {
      this.version = session.version;
      this.builtFor = trainer.network;
      this.build(trainer);
    }
    this.settings.update();
    this.speed.set(trainer.settings.speed);
    this.run.textContent = session.running ? "Pause" : "Run";
    this.problem.hidden = !trainer.problem;
    this.problem.textContent = trainer.problem;
    this.run.disabled = Boolean(trainer.problem);
    this.frames = 0;
    this.paint(true);
    if (this.history.open) this.fillHistory();
  }

  build(trainer) {
    const { selected } = this.output;
    this.network.build(trainer);
    this.output.build(trainer);
    const layer = trainer.network.layers[selected?.layer];
    if (layer && selected.unit < layer.units) this.output.select(selected);
    this.network.mark(this.output.selected);
    this.layers.set(trainer.settings.hidden);
  }

  paint(isWhole = false) {
    if (isWhole || this.frames % (this.network.isLarge ? 2 : 1) === 0) this.network.paint(this.colors);
    const turn = this.frames % TURNS;
    if (isWhole || turn === 0) this.output.paint(this.colors);
    if (isWhole) this.output.paintPoints(this.colors);
    if (isWhole || turn === 1) this.paintCurves();
    if (isWhole || turn === 2) this.network.paintEdges();
    this.frames++;
    this.showStatus(isWhole);
  }

  paintCurves() {
    const { history, best, classes } = this.session.trainer;
    const shared = { epochs: history.epoch, best: best?.epoch ?? 0, ink: this.colors.ink };
    paintCurves(this.loss, { title: "loss", training: history.loss, test: history.val_loss, isLog: true, ...shared });
    this.accuracy.hidden = !classes;
    if (!classes) return;
    paintCurves(this.accuracy, {
      title: "accuracy", training: history.accuracy, test: history.val_accuracy, isLog: false, ...shared,
    });
  }

  showStatus(isWhole) {
    const now = performance.now();
    if (!isWhole && now - this.lastStatus < STATUS) return;
    this.lastStatus = now;
    const text = statusText(this.session.trainer);
    this.status.textContent = text;
    this.loss.ariaLabel = `Loss by epoch. ${text}`;
    this.accuracy.ariaLabel = `Accuracy by epoch. ${text}`;
    this.output.update();
    if (now - this.lastSpeech < SPEECH && this.session.running) return;
    this.lastSpeech = now;
    if (this.session.trainer.epoch) this.speech.textContent = text;
  }

  fillHistory() {
    if (!this.history.open) return;
    const { history } = this.session.trainer;
    const names = ["epoch", "loss", "test loss", "accuracy", "test accuracy"];
    const last = history.epoch.length - 1;
    const rows = history.epoch.map((_, i) => i).filter((i) => i === last || i % Math.ceil((last + 1) / 100) === 0);
    const cell = (tag, text) => element(tag, { textContent: text });
    const format = (value, i) => (value === null ? "" : i ? value.toFixed(4) : String(value));
    const table = element("table", {},
      element("thead", {}, element("tr", {}, ...names.map((name) => cell("th", name)))),
      element("tbody", {}, ...rows.map((row) => element("tr", {},
        ...Object.values(history).map((values, i) => cell("td", format(values[row], i)))))));
    this.history.querySelector(".table")?.remove();
    const box = { className: "table", tabIndex: 0, attributes: { role: "region", "aria-label": "History" } };
    this.history.append(element("div", box, table));
  }

  dispose() {
    this.session.views.delete(this);
    this.close();
  }
}

function statusText({ epoch, latest, best, test, classes }) {
  const percent = (value) => `${(100 * value).toFixed(1)} %`;
  const parts = [`Epoch ${epoch.toLocaleString("en")}.`];
  const part = (name, loss, accuracy) =>
    `${name} loss ${loss.toPrecision(3)}${classes ? `, accuracy ${percent(accuracy)}` : ""}.`;
  parts.push(part("Training", latest.loss, latest.accuracy));
  if (test.n) parts.push(part("Test", latest.val_loss, latest.val_accuracy));
  if (best && epoch) {
    parts.push(`Best ${test.n ? "test " : ""}loss ${best.loss.toPrecision(3)} in epoch ${best.epoch}.`);
  }
  return parts.join(" ");
}

export function mount(host, session, options) {
  return new PlaygroundView(host, session, options);
}
