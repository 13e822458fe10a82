// A learning-rate schedule as an anywidget.

import { makeWidget } from "./kernel.js";
import { Session } from "./schedules/session.js";
import { mount } from "./schedules/view.js";

const widget = makeWidget({
  open: (model) => new Session(model.get("settings")),
  mount,
  save: ({ settings }, model) => model.set("settings", { ...settings }),
  load: (session, model) => session.load(model.get("settings")),
});

export default widget;
