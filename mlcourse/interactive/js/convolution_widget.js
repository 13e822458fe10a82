// A convolution as an anywidget.

import { Session } from "./convolution/session.js";
import { mount } from "./convolution/view.js";
import { makeWidget, toBytes, toFloats } from "./kernel.js";

function save({ settings, numbers }, model) {
  model.set("settings", { ...settings });
  model.set("numbers", toBytes(numbers));
}

const widget = makeWidget({
  open: (model) => new Session(model.get("settings"), toFloats(model.get("numbers"))),
  mount,
  save,
  load: (session, model) => session.load(model.get("settings"), toFloats(model.get("numbers"))),
});

export default widget;
