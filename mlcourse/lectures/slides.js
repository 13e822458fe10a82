// Numbers the slides and turns them: by keys, at the edges, by swiping.
(() => {
  const root = document.documentElement;
  const main = document.querySelector("main");
  const make = (name, values) => Object.assign(document.createElement(name), values);

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
    let now = -1;
    const go = (to) => {
      slides[now]?.classList.remove("now");
      now = Math.max(0, Math.min(slides.length - 1, to || 0));
      slides[now].classList.add("now");
      said.textContent = slides[now].getAttribute("aria-label");
      history.replaceState(null, "", `#${now + 1}`);
    };
    const edge = (textContent, ariaLabel, step) => {
      const button = make("button", { className: "edge", textContent, ariaLabel });
      button.addEventListener("click", () => go(now + step));
      return button;
    };
    main.append(edge("‹", "Previous slide", -1), edge("›", "Next slide", 1), said);

    const FORTH = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, End: Infinity };
    const STEPS = { ...FORTH, ArrowLeft: -1, ArrowUp: -1, PageUp: -1, Home: -Infinity };
    addEventListener("keydown", (event) => {
      const { key, target, shiftKey } = event;
      if (key === "Escape") document.activeElement.blur();
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (target.matches("input, select, textarea")) return; // its keys are its own
      if (key === "f" && document.fullscreenElement) document.exitFullscreen();
      else if (key === "f") root.requestFullscreen();
      const step = key === " " && !target.matches("button, a") ? (shiftKey ? -1 : 1) : STEPS[key];
      if (!step) return;
      event.preventDefault();
      go(now + step);
    });
    let from = null;
    addEventListener("touchstart", ({ target, touches: [{ clientX, clientY }] }) => {
      from = target.matches("input, select") ? null : [clientX, clientY];
    });
    addEventListener("touchend", ({ changedTouches: [{ clientX, clientY }] }) => {
      const [right, down] = from ? [clientX - from[0], clientY - from[1]] : [0, 0];
      if (Math.abs(right) > Math.max(60, 2 * Math.abs(down))) go(now - Math.sign(right));
    });
    const fill = () =>
      root.style.setProperty("--scale", Math.min(innerWidth / 1280, innerHeight / 720));
    const find = () => go(Number(location.hash.slice(1)) - 1);
    addEventListener("resize", fill);
    addEventListener("hashchange", find);
    fill();
    find();
  };

  root.classList.add("deck");
  addEventListener("load", () => {
    const slides = layOut(main);
    slides.forEach(name);
    turn(slides);
    root.classList.add("ready");
  });
})();
