// The custom element <mlcourse-backpropagation settings="JSON" parameters="JSON"> for pages without a
// kernel.

import { Session } from "./backpropagation/session.js";
import { mount } from "./backpropagation/view.js";
import { define, parseAttribute } from "./tag.js";

const openSession = (host) => new Session(parseAttribute(host, "settings"), parseAttribute(host, "parameters"));

define("mlcourse-backpropagation", mount, openSession);
