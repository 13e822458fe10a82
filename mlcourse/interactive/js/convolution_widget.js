// A convolution as an anywidget.

import { Session } from "./convolution/session.js";
import { mount } from "./convolution/view.js";
import { makeWidget } from "./kernel.js";

const widget = makeWidget({ Session, mount, names: ["settings", "numbers"] });

export default widget;
