// The playground: mount(host, session) shows a session in an element.

import { paintCurves } from "./charts.js";
import { makeColors } from "./colors.js";
import { ComponentView } from "./component_view.js";
import { button, select } from "./controls.js";
import { alert, block, element, named, paragraph } from "./dom.js";
import { kerasCode } from "./keras_code.js";
import { NetworkView, layerButtons } from "./network_view.js";
import { OutputView } from "./output_view.js";
import { STYLE } from "./playground_style.js";
import { SPEEDS, encodeLink } from "./settings.js";
import { SettingsView } from "./settings_view.js";
import { foldedTable } from "./table.js";

const SPEECH = 2000; // milliseconds between two announcements of a screen reader
const STATUS = 200; // milliseconds between two changes of the visible status
const CURVES = "Solid: training points. Dashed: test points. Vertical line: best epoch.";
const COLUMNS = ["epoch", "loss", "test loss", "accuracy", "test accuracy"];
const TURNS = 3; // output, curves and edges are painted in turn, one in each frame
const COMPACT_ROOM = 370; // pixels, the height of a layer on a slide

class PlaygroundView extends ComponentView {
  // hasLink: whether there is a button for a link.
  makeParts({ hasLink = true, isCompact }) {
    const { session } = this;
    Object.assign(this, { isVisible: true, frames: 0, lastStatus: 0, lastSpeech: 0, version: -1 });
    this.settings = new SettingsView(session);
    this.network = new NetworkView({
      onSelect: (layer, unit) => this.select({ layer, unit }),
      onLayers: (hidden) => session.change({ hidden }),
      ...(isCompact && { room: COMPACT_ROOM }),
    });
    this.output = new OutputView(session, this.settings.own);
    this.output.onClose = () => this.select(null);
    this.layers = layerButtons((hidden) => session.change({ hidden }), () => session.trainer.settings.hidden);
    this.loss = element("canvas", { className: "chart", role: "img" });
    this.accuracy = element("canvas", { className: "chart", role: "img" });
    this.status = paragraph("status");
    this.problem = alert();
    this.history = foldedTable("History as a table", COLUMNS, () => historyRows(session.trainer));
    const bar = this.makeBar(hasLink);
    const settings = element("details", { className: "drawer", open: !isCompact },
      element("summary", { textContent: "Settings" }), this.settings.node);
    const node = named("region", "Neural network playground", "playground", bar, this.problem.node, this.copied,
      block("main-grid",
        block("", this.layers.node, this.network.node), this.output.node,
        block("", paragraph("title", "Loss and accuracy"), this.loss, this.accuracy,
          paragraph("legend", CURVES), this.status, this.history.node)));
    (isCompact ? bar : node).append(settings);
    return node;
  }

  onTheme(dark) {
    this.colors = makeColors(dark);
    this.update();
  }

  onVisible(isVisible) {
    this.isVisible = isVisible;
    if (isVisible) this.session.wake();
  }

  makeBar(hasLink) {
    const { session } = this;
    this.run = button("Run", () => (session.running ? session.pause() : session.run()), { className: "main" });
    this.speed = select("Speed", SPEEDS, (speed) => session.change({ speed }));
    this.copied = element("div", { hidden: true });
    const bar = named("group", "Training", "bar training", this.run,
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
    const message = paragraph("");
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
    this.speech.sayNow(message.textContent);
  }

  onResize() {
    this.network.layout();
    super.onResize();
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
    this.problem.show(trainer.problem);
    this.run.disabled = Boolean(trainer.problem);
    this.frames = 0;
    this.paint(true);
    this.history.update();
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
    if (this.session.trainer.epoch) this.speech.sayNow(text);
  }
}

// Return about 100 rows of the history, the last one among them.
function historyRows({ history }) {
  const last = history.epoch.length - 1;
  const rows = history.epoch.map((_, i) => i).filter((i) => i === last || i % Math.ceil((last + 1) / 100) === 0);
  const text = (value, i) => (value === null ? "" : i ? value.toFixed(4) : value);
  return rows.map((row) => Object.values(history).map((values, i) => text(values[row], i)));
}

function statusText({ epoch, latest, best, test, classes }) {
  const percent = (value) => `${(100 * value).toFixed(1)}%`;
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
  return new PlaygroundView(host, session, STYLE, options);
}
