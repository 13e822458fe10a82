// The race of optimizers as an anywidget.

import { Session } from "./descent/session.js";
import { mount } from "./descent/view.js";
import { makeWidget, toFloats } from "./kernel.js";

const widget = makeWidget({
  open: (model) => new Session(model.get("settings"), toFloats(model.get("noise"))),
  mount,
});

export default widget;
