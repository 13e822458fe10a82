(() => {
  const figure = document.currentScript.parentElement;
  const data = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const controls = [...figure.querySelectorAll("input, select")];
  const image = figure.querySelector("img");
  const alt = image.alt;
  const indexOf = (control) =>
    control.type === "checkbox" ? Number(control.checked)
    : control.type === "range" ? Number(control.value)
    : control.selectedIndex;

  const show = () => {
    const indices = controls.map(indexOf);
    const texts = indices.map((at, i) => data.texts[i][at]);
    const number = indices.reduce((sum, at, i) => sum * data.texts[i].length + at, 0);
    const error = data.errors[number];
    figure.querySelector("figcaption").textContent = error ?? "";
    if (!error) image.src = data.images[data.order[number]];
    image.alt = [alt, ...texts.map((text, i) => `${data.labels[i]}: ${text}.`)].join(" ");
    controls.forEach((control, i) => {
      if (control.type !== "range") return;
      control.setAttribute("aria-valuetext", texts[i]);
      control.nextElementSibling.textContent = texts[i];
    });
  };

  const load = () => data.images.forEach((url) => { new Image().src = url; });

  controls.forEach((control) => control.addEventListener("input", show));
  for (const type of ["pointerenter", "focusin"]) figure.addEventListener(type, load, { once: true });
  show(); // the browser may have restored the controls
})();
