// Back-propagation step by step as an anywidget.

import { Session } from "./backpropagation/session.js";
import { mount } from "./backpropagation/view.js";
import { makeWidget, toBytes, toFloats } from "./kernel.js";

function save({ settings, network }, model) {
  model.set("settings", { ...settings });
  model.set("parameters", toBytes(network.params));
}

const widget = makeWidget({
  open: (model) => new Session(model.get("settings"), toFloats(model.get("parameters"))),
  mount,
  save,
  load: (session, model) => session.load(model.get("settings"), toFloats(model.get("parameters"))),
});

export default widget;
