// Initial weights as an anywidget.

import { Session } from "./initialization/session.js";
import { mount } from "./initialization/view.js";
import { makeWidget } from "./kernel.js";

const widget = makeWidget({ Session, mount });

export default widget;
