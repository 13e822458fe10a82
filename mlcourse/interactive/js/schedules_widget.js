// A learning-rate schedule as an anywidget.

import { makeWidget } from "./kernel.js";
import { Session } from "./schedules/session.js";
import { mount } from "./schedules/view.js";

const widget = makeWidget({ Session, mount });

export default widget;
