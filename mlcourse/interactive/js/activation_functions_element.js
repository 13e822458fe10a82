// The custom element <mlcourse-activation-functions settings="JSON"> for pages without a kernel.

import { Session } from "./activation_functions/session.js";
import { mount } from "./activation_functions/view.js";
import { define, parseAttribute } from "./tag.js";

const openSession = (host) => new Session(parseAttribute(host, "settings"));

define("mlcourse-activation-functions", openSession, mount);
