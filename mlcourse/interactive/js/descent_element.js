// The custom element <mlcourse-descent settings="JSON" noise="JSON"> for pages without a kernel.

import { define, parseAttribute } from "./tag.js";
import { Session } from "./descent/session.js";
import { mount } from "./descent/view.js";

function openSession(host) {
  return new Session(parseAttribute(host, "settings"), parseAttribute(host, "noise"));
}

define("mlcourse-descent", openSession, mount);
