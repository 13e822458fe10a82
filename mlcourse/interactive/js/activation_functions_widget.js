// Activation functions as an anywidget.

import { Session } from "./activation_functions/session.js";
import { mount } from "./activation_functions/view.js";
import { makeWidget } from "./kernel.js";

const widget = makeWidget({
  open: (model) => new Session(model.get("settings")),
  mount,
});

export default widget;
