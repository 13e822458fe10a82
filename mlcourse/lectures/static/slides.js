// Number the slides, and turn them with keys, edges, swipes, or the overview.
(() => {
  const root = document.documentElement;
  const main = document.querySelector("main");
  const is = (state) => root.classList.contains(state);

  const name = (slide, at, slides) => {
    const [title, part] = [slide.firstElementChild.textContent, slide.dataset.part];
    const footer = make("footer");
    const where = [document.title, part].filter((one) => one && one !== title).join(" · ");
    for (const textContent of [where, `${at + 1} / ${slides.length}`]) {
      footer.append(make("span", { textContent }));
    }
    slide.append(footer);
    const label = `${at + 1} of ${slides.length}: ${title}`;
    const values = { role: "group", "aria-roledescription": "slide", "aria-label": label };
    for (const [key, value] of Object.entries(values)) slide.setAttribute(key, value);
  };

  const turn = (slides) => {
    const said = make("p", { className: "said", ariaLive: "polite" });
    let [now, typed] = [-1, ""];
    const update = SPEAKER ? speakerView(slides, main) : () => {};

    const show = (to, black = false) => {
      slides[now]?.classList.remove("now");
      now = Math.max(0, Math.min(slides.length - 1, to || 0));
      slides[now].classList.add("now");
      root.classList.toggle("black", black);
      const label = slides[now].getAttribute("aria-label");
      say(black ? "The screen is black. Press b to show the slide." : label);
      history.replaceState(history.state, "", `#${now + 1}`);
      update(now, black);
      if (is("overview")) slides[now].lastChild.focus();
    };
    const say = (textContent, visible = false) => {
      said.textContent = textContent;
      said.classList.toggle("visible", visible);
    };
    const other = inStep(() => [now, is("black")], show);
    const go = (to, black = false) => {
      show(to, black);
      other.tell();
    };

    const button = (textContent, act, values) => {
      const made = make("button", { textContent, ...values });
      made.addEventListener("click", act);
      return made;
    };
    const edge = (text, ariaLabel, step) =>
      button(text, () => go(now + step), { className: "edge", ariaLabel });
    const edges = make("nav", { ariaLabel: "Slides" });
    edges.append(edge("‹", "Previous slide", -1), edge("›", "Next slide", 1));
    main.append(edges);

    const overview = (on = !is("overview")) => {
      root.classList.toggle("overview", on);
      document.querySelector(".menu button").textContent = on ? "Back to the slide" : "Overview";
      const covered = main.querySelectorAll("section > :not(.pick), nav");
      covered.forEach((one) => (one.inert = on));
      if (on) slides[now].lastChild.focus();
      else document.activeElement.blur();
    };
    const blacken = () => go(now, !is("black"));
    const fullScreen = () =>
      document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen();
    const ACTS = { f: fullScreen, b: blacken, ".": blacken };
    if (!SPEAKER) {
      slides.forEach((slide, at) => {
        const ariaLabel = `Slide ${slide.getAttribute("aria-label")}`;
        const pick = () => [overview(false), go(at)];
        slide.append(button("", pick, { className: "pick", ariaLabel }));
      });
      const menu = make("nav", { className: "menu", ariaLabel: "Views" });
      const words = { Overview: "o", "Speaker view": "s", "Full screen": "f", "Black screen": "b" };
      Object.assign(ACTS, { o: overview, s: other.open });
      for (const [text, key] of Object.entries(words)) {
        menu.append(button(text, () => ACTS[key](), { ariaKeyShortcuts: key }));
      }
      menu.append(button("Print", () => print()));
      document.body.prepend(menu);
    }
    const textContent = SPEAKER ? `Speaker view: ${document.title}` : document.title;
    main.prepend(make("h1", { className: "said", textContent }));
    document.body.append(said);

    // Collect digits until Enter jumps to that slide; return whether the key was used.
    const type = (key) => {
      const number = typed;
      typed = /^\d$/.test(key) ? typed + key : "";
      if (typed) say(`Slide ${typed}: press Enter`, true);
      else if (number && key === "Enter") go(number - 1);
      else if (number) say("");
      return Boolean(typed || (number && ["Enter", "Escape"].includes(key)));
    };
    const escape = (target) => {
      const isInside = target.getRootNode() !== document; // of a live component
      if (isInside || target.matches("input, select, textarea")) target.blur();
      else if (is("black")) blacken();
      else if (!SPEAKER) overview();
    };
    const FORTH = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, End: Infinity };
    const STEPS = { ...FORTH, ArrowLeft: -1, ArrowUp: -1, PageUp: -1, Home: -Infinity };
    const stepOf = ({ key, target, shiftKey }) => {
      if (key === " " && !target.matches("button, a, summary")) return shiftKey ? -1 : 1;
      const isRow = is("overview") && ["ArrowUp", "ArrowDown"].includes(key);
      const { gridTemplateColumns } = getComputedStyle(main);
      return STEPS[key] * (isRow ? gridTemplateColumns.split(" ").length : 1);
    };
    addEventListener("keydown", (event) => {
      const { key, ctrlKey, altKey, metaKey } = event;
      const [target] = event.composedPath(); // within a live component
      if (ctrlKey || altKey || metaKey) return;
      const isControl = target.matches("input, select, textarea"); // controls use keys themselves
      if (isControl && key !== "Escape") return;
      if (target.matches(".read") && /^( |Arrow(Up|Down)|Page.*)$/.test(key)) return; // these keys scroll the notes
      const step = stepOf(event);
      const act = ACTS[key.toLowerCase()];
      if (type(key)) event.preventDefault();
      else if (key === "Escape") escape(target);
      else if (act) act();
      else if (step) {
        event.preventDefault();
        go(is("overview") ? Math.max(0, now + step) : now + step);
      }
    });
    let from = null;
    addEventListener("touchstart", ({ target, touches: [{ clientX, clientY }, second] }) => {
      const isOther = second || is("overview") || visualViewport.scale > 1.05; // pinching or scrolling
      from = isOther || target.matches("input, select") || target.shadowRoot ? null : [clientX, clientY];
    });
    addEventListener("touchend", ({ changedTouches: [{ clientX, clientY }] }) => {
      const [right, down] = from ? [clientX - from[0], clientY - from[1]] : [0, 0];
      if (Math.abs(right) > Math.max(60, 2 * Math.abs(down))) go(now - Math.sign(right));
    });
    const fill = () => {
      const { clientWidth: wide, clientHeight: high } = root;
      const column = wide < 700 ? wide - 32 : Math.min(0.45 * wide, (high - 170) * 0.5 * (16 / 9));
      const thumbnail = wide < 700 ? wide - 48 : 300;
      root.style.setProperty("--scale", Math.min(wide / 1280, high / 720));
      root.style.setProperty("--small", (SPEAKER ? column : thumbnail) / 1280);
    };
    const find = () => show(parseInt(location.hash.replace(/^#\/?/, ""), 10) - 1); // "#3;..." too
    addEventListener("resize", fill);
    addEventListener("hashchange", () => [find(), other.tell()]);
    fill();
    find();
  };

  root.classList.add("deck");
  addEventListener("load", () => {
    const slides = layOut(main);
    slides.forEach(name);
    turn(slides);
    root.classList.toggle("speaker", SPEAKER);
    root.classList.add("ready");
  });
})();
