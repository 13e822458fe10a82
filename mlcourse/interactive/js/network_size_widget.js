// The size of a network as an anywidget.

import { makeWidget } from "./kernel.js";
import { Session } from "./network_size/session.js";
import { mount } from "./network_size/view.js";

const widget = makeWidget({ Session, mount });

export default widget;
