// What the views of the small components have in common: a session that is shown in an element.
// A view defines makeParts(), which sets `node` and `speech`, and update(), which shows the session.

import { present } from "./frame.js";

export class ComponentView {
  // style: what the component adds to the style sheet; isCompact: whether to fit the height of a slide.
  constructor(host, session, style, { isCompact = false } = {}) {
    this.session = session;
    this.makeParts();
    this.node.classList.toggle("compact", isCompact);
    session.views.add(this);
    this.close = present(host, this.node, {
      style,
      onTheme: (isDark) => this.onTheme(isDark),
      onResize: () => this.onResize(),
    });
  }

  onTheme() {
    this.update();
  }

  onResize() {
    this.update();
  }

  dispose() {
    this.speech.stop();
    this.session.views.delete(this);
    this.close();
  }
}
