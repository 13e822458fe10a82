// Light or dark, and the colors of maps. The page decides, not the system: notebooks and sites have
// switches of their own. Only a system that forces its colors on pages decides for itself.

const FORCED = "(forced-colors: active)";
const DARK = "(prefers-color-scheme: dark)";

export function isDark(host) {
  if (matchMedia(FORCED).matches) return matchMedia(DARK).matches;
  const lab = host.closest("[data-jp-theme-light]") ?? document.querySelector("[data-jp-theme-light]");
  if (lab) return lab.dataset.jpThemeLight === "false";
  const { theme } = document.body.dataset;
  if (theme === "dark" || theme === "light") return theme === "dark";
  const [red, green, blue] = getComputedStyle(host).color.match(/[\d.]+/g).map(Number);
  return 0.3 * red + 0.6 * green + 0.1 * blue > 140; // light text
}

// Call back whenever the theme may have changed; return a function that stops this.
export function watchTheme(callback) {
  const observer = new MutationObserver(callback);
  const attributeFilter = ["data-jp-theme-light", "data-theme", "data-vscode-theme-kind", "class"];
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributes: true, attributeFilter });
  }
  const system = [FORCED, DARK].map((query) => matchMedia(query));
  for (const query of system) query.addEventListener("change", callback);
  return () => {
    observer.disconnect();
    for (const query of system) query.removeEventListener("change", callback);
  };
}
