// The custom element <mlcourse-activation-functions settings="JSON"> for pages without a kernel.

import { Session } from "./activation_functions/session.js";
import { mount } from "./activation_functions/view.js";
import { define, parseAttribute } from "./tag.js";

define("mlcourse-activation-functions", mount, (host) => new Session(parseAttribute(host, "settings")));
