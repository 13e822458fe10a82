// Back-propagation step by step as an anywidget.

import { Session } from "./backpropagation/session.js";
import { mount } from "./backpropagation/view.js";
import { makeWidget } from "./kernel.js";

const widget = makeWidget({ Session, mount, names: ["settings", "parameters"] });

export default widget;
