// The speaker view: the current and the next slide, the notes and the time. It is the same file with
// "?speaker" in its address, so it works without a server, and follows the window that opened it.
const SPEAKER = new URLSearchParams(location.search).has("speaker");

// Synchronize two windows; return functions that update the other one and open it.
const inStep = (state, follow) => {
  let other = SPEAKER ? opener : null;
  const tell = () => other?.postMessage(state(), "*");
  addEventListener("message", ({ data, source }) => {
    if (SPEAKER ? source !== opener : source?.opener !== window) return;
    const isNew = other !== source;
    other = source;
    if (Array.isArray(data)) follow(...data);
    else if (isNew) tell(); // this window was reloaded
  });
  if (SPEAKER) setInterval(() => opener?.postMessage("here", "*"), 500);
  const open = () => {
    if (other && !other.closed) return other.focus();
    const address = `${location.href.split(/[?#]/)[0]}?speaker${location.hash}`;
    other = window.open(address, "speaker", "popup,width=1280,height=720");
    if (!other) alert("The browser has blocked the speaker view. Allow pop-ups for this page.");
  };
  return { tell, open };
};

// Add the panel of the speaker; return a function that updates it.
const speakerView = (slides, main) => {
  const panel = make("div", { className: "panel" });
  panel.innerHTML = `<p class="times"><span class="elapsed" role="timer"></span>
    <button>Reset timer</button><span class="clock"></span></p>
    <h2 class="at"></h2><h2 class="then"></h2>
    <div class="read" role="region" aria-label="Notes" tabindex="0"></div>`;
  main.prepend(panel);
  const find = (name) => panel.querySelector(name);
  let { began } = history.state ?? {}; // restored when the window is reloaded
  const begin = () => history.replaceState({ began: (began = Date.now()) }, "");
  const tick = () => {
    const seconds = Math.floor((Date.now() - began) / 1000);
    const units = [seconds / 3600, (seconds / 60) % 60, seconds % 60];
    const digits = units.map((unit) => String(Math.floor(unit)).padStart(2, "0"));
    find(".elapsed").textContent = digits.join(":");
    find(".clock").textContent = new Date().toLocaleTimeString([], { timeStyle: "short" });
  };
  if (!began) begin();
  find("button").addEventListener("click", () => [begin(), tick()]);
  setInterval(tick, 250);
  tick();
  slides.forEach((slide) => (slide.inert = true));
  return (now, black) => {
    slides.forEach((slide, at) => slide.classList.toggle("next", at === now + 1));
    const notes = slides[now].querySelector(".notes")?.cloneNode(true);
    find(".read").replaceChildren(notes ?? make("p", { textContent: "No notes." }));
    find(".read").scrollTop = 0;
    const place = `Now: slide ${now + 1} of ${slides.length}`;
    find(".at").textContent = black ? `${place}. The screen is black.` : place;
    find(".then").textContent = slides[now + 1] ? "Next" : "This is the last slide.";
  };
};
