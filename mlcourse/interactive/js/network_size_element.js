// The custom element <mlcourse-network-size settings="JSON"> for pages without a kernel.

import { Session } from "./network_size/session.js";
import { mount } from "./network_size/view.js";
import { define, parseAttribute } from "./tag.js";

define("mlcourse-network-size", mount, (host) => new Session(parseAttribute(host, "settings")));
