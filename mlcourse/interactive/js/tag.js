// A live component as a custom element, for pages without a kernel.

// Return the JSON in an attribute; null if there is none, or none that can be read.
export function parseAttribute(host, name) {
  try {
    return JSON.parse(host.getAttribute(name));
  } catch {
    return null;
  }
}

// Define a tag once. openSession(host): return what mount(host, session, options) shows.
export function define(tag, mount, openSession) {
  if (customElements.get(tag)) return;
  customElements.define(tag, class extends HTMLElement {
    connectedCallback() {
      if (this.view) return;
      this.session ??= openSession(this);
      this.view = mount(this, this.session, { isCompact: this.hasAttribute("compact") });
    }

    disconnectedCallback() {
      queueMicrotask(() => {
        if (this.isConnected || !this.view) return; // moved within the page
        this.session.running = false;
        this.view.dispose();
        this.view = null;
      });
    }
  });
}
