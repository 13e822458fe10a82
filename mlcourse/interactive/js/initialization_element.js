// The custom element <mlcourse-initialization settings="JSON"> for pages without a kernel.

import { Session } from "./initialization/session.js";
import { mount } from "./initialization/view.js";
import { define, parseAttribute } from "./tag.js";

define("mlcourse-initialization", mount, (host) => new Session(parseAttribute(host, "settings")));
