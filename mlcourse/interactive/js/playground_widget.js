// The playground as an anywidget.

import { fromMessage, makeWidget } from "./kernel.js";
import { mount } from "./playground.js";
import { Session } from "./session.js";

const widget = makeWidget({
  Session,
  mount: (host, session) => mount(host, session, { hasLink: false }),
  names: ["settings", "start"],
  quiet: 0, // after a pause, a cell may be run at once
  restore({ trainer }, model) {
    if (!model.get("epoch")) return;
    trainer.restore(fromMessage(model.get("weights")), model.get("epoch"), model.get("columns"));
  },
});

export default widget;
