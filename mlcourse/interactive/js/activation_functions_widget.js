// Activation functions as an anywidget.

import { Session } from "./activation_functions/session.js";
import { mount } from "./activation_functions/view.js";
import { makeWidget } from "./kernel.js";

const widget = makeWidget({ Session, mount });

export default widget;
