// The playground as an anywidget: one session a model, however many views show it.

import { mount } from "./playground.js";
import { Session } from "./session.js";

function toFloats(view) {
  if (!view?.byteLength) return null;
  return new Float64Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

function widget() {
  let session = null;
  let isSending = false;
  let isReceiving = false;

  const send = (model) => {
    const { trainer } = session;
    isSending = true;
    model.set("settings", { ...trainer.settings });
    model.set("weights", new DataView(trainer.network.params.slice().buffer));
    model.set("columns", { ...trainer.history });
    model.set("epoch", trainer.epoch);
    model.save_changes();
    isSending = false;
  };

  // Python sets the settings and the first weights in one message: wait for both.
  const receive = (model) => {
    if (isSending || isReceiving) return;
    isReceiving = true;
    queueMicrotask(() => {
      isReceiving = false;
      session.load(model.get("settings"), toFloats(model.get("start")));
    });
  };

  const start = (model) => {
    session = new Session(model.get("settings"), toFloats(model.get("start")));
    if (model.get("epoch")) {
      session.trainer.restore(toFloats(model.get("weights")), model.get("epoch"), model.get("columns"));
    }
    session.onSettled = () => send(model);
    model.on("change:settings", () => receive(model));
    model.on("change:start", () => receive(model));
  };

  return {
    initialize({ model }) {
      start(model);
    },
    render({ model, el }) {
      if (!session) start(model);
      const view = mount(el, session, { hasLink: false });
      return () => {
        view.dispose();
        if (!session.views.size) session.pause();
      };
    },
  };
}

export default widget;
