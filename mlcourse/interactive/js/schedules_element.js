// The custom element <mlcourse-schedules settings="JSON"> for pages without a kernel.

import { Session } from "./schedules/session.js";
import { mount } from "./schedules/view.js";
import { define, parseAttribute } from "./tag.js";

define("mlcourse-schedules", mount, (host) => new Session(parseAttribute(host, "settings")));
