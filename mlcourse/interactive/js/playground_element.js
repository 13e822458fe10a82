// The custom element <mlcourse-playground settings="JSON"> for pages without a kernel.

import { mount } from "./playground.js";
import { Session } from "./session.js";
import { decodeLink } from "./settings.js";

let linkIsFree = true; // the first playground of a page takes the settings of its link

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function define() {
  if (customElements.get("mlcourse-playground")) return;
  customElements.define("mlcourse-playground", class extends HTMLElement {
    connectedCallback() {
      if (this.view) return;
      if (!this.session) {
        const linked = linkIsFree ? decodeLink(location.hash) : null;
        linkIsFree = false;
        if (linked) this.scrollIntoView();
        const weights = linked ? null : parse(this.getAttribute("weights"));
        this.session = new Session(linked ?? parse(this.getAttribute("settings")), weights);
      }
      this.view = mount(this, this.session, { isCompact: this.hasAttribute("compact") });
    }

    disconnectedCallback() {
      queueMicrotask(() => {
        if (this.isConnected || !this.view) return;
        this.session.running = false;
        this.view.dispose();
        this.view = null;
      });
    }
  });
}

define();
