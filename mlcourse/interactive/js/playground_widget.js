// The playground as an anywidget: one session a model, however many views show it.

import { toBytes, toFloats } from "./kernel.js";
import { mount } from "./playground.js";
import { Session } from "./session.js";

function widget() {
  let session = null;

  const send = (model) => {
    const { trainer } = session;
    model.set("settings", { ...trainer.settings });
    model.set("weights", toBytes(trainer.network.params));
    model.set("columns", { ...trainer.history });
    model.set("epoch", trainer.epoch);
    model.save_changes();
  };

  const load = (model) => session.load(model.get("settings"), toFloats(model.get("start")));

  const start = (model) => {
    session = new Session(model.get("settings"), toFloats(model.get("start")));
    if (model.get("epoch")) {
      session.trainer.restore(toFloats(model.get("weights")), model.get("epoch"), model.get("columns"));
    }
    session.onSettled = () => send(model);
    // Python sets settings and weights in the same message: wait until all of it is here.
    model.on("change:restarts", () => queueMicrotask(() => load(model)));
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
        if (!session.views.size && session.running) session.pause();
      };
    },
  };
}

export default widget;
