// The race of optimizers as an anywidget.

import { Session } from "./descent/session.js";
import { mount } from "./descent/view.js";
import { makeWidget } from "./kernel.js";

const widget = makeWidget({ Session, mount, names: ["settings", "noise"] });

export default widget;
