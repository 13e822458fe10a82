(() => {
  const figure = document.currentScript.parentElement;
  const data = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const controls = [...figure.querySelectorAll("input, select")];
  const image = figure.querySelector("img");
  const about = image.alt;
  const place = (control) =>
    control.type === "checkbox" ? Number(control.checked)
    : control.type === "range" ? Number(control.value)
    : control.selectedIndex;

  const show = () => {
    const places = controls.map(place);
    const words = places.map((at, i) => data.words[i][at]);
    const number = places.reduce((sum, at, i) => sum * data.words[i].length + at, 0);
    const problem = data.problems[number];
    figure.querySelector("figcaption").textContent = problem ?? "";
    if (!problem) image.src = data.pictures[data.order[number]];
    image.alt = [about, ...words.map((word, i) => `${data.labels[i]}: ${word}.`)].join(" ");
    controls.forEach((control, i) => {
      if (control.type !== "range") return;
      control.setAttribute("aria-valuetext", words[i]);
      control.nextElementSibling.textContent = words[i];
    });
  };

  const load = () => data.pictures.forEach((address) => { new Image().src = address; });

  controls.forEach((control) => control.addEventListener("input", show));
  for (const come of ["pointerenter", "focusin"]) figure.addEventListener(come, load, { once: true });
  show(); // a browser may have kept where the controls stood
})();
