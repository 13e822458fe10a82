// The custom element <mlcourse-convolution settings="JSON" numbers="JSON"> for pages without a kernel.
// numbers: a string with the bytes of 32-bit floats, in base64.

import { Session } from "./convolution/session.js";
import { mount } from "./convolution/view.js";
import { define, parseAttribute } from "./tag.js";

function toFloats(text) {
  try {
    return new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  } catch {
    return null;
  }
}

function openSession(host) {
  return new Session(parseAttribute(host, "settings"), toFloats(parseAttribute(host, "numbers")));
}

define("mlcourse-convolution", mount, openSession);
