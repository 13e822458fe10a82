// The custom element <mlcourse-playground settings="JSON"> for pages without a kernel.

import { mount } from "./playground.js";
import { Session } from "./session.js";
import { decodeLink } from "./settings.js";
import { define, parseAttribute } from "./tag.js";

let linkIsFree = true; // the first playground of a page takes the settings of its link

function openSession(host) {
  const linked = linkIsFree ? decodeLink(location.hash) : null;
  linkIsFree = false;
  if (linked) host.scrollIntoView();
  const weights = linked ? null : parseAttribute(host, "weights");
  return new Session(linked ?? parseAttribute(host, "settings"), weights);
}

define("mlcourse-playground", mount, openSession);
