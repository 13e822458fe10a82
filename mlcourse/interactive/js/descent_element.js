// The custom element <mlcourse-descent settings="JSON" noise="JSON"> for pages without a kernel.

import { Session } from "./descent/session.js";
import { mount } from "./descent/view.js";
import { define, parseAttribute } from "./tag.js";

const openSession = (host) => new Session(parseAttribute(host, "settings"), parseAttribute(host, "noise"));

define("mlcourse-descent", mount, openSession);
