// The custom element <mlcourse-network-size settings="JSON"> for pages without a kernel.

import { Session } from "./network_size/session.js";
import { mount } from "./network_size/view.js";
import { define, parseAttribute } from "./tag.js";

const openSession = (host) => new Session(parseAttribute(host, "settings"));

define("mlcourse-network-size", openSession, mount);
