// An image, from the bytes of a PNG, that reports clicks in its own pixels.
function render({ model, el }) {
  const image = document.createElement("img");
  image.className = "widget-image";
  image.alt = "";
  image.draggable = false;
  image.style.cssText = "display: block; width: 100%; height: auto; cursor: crosshair";
  image.width = model.get("width");
  image.height = model.get("height");

  const show = () => {
    const before = image.src;
    image.src = URL.createObjectURL(new Blob([model.get("value")], { type: "image/png" }));
    if (before) URL.revokeObjectURL(before);
  };
  const note = (event) => {
    const pixel = image.naturalWidth / image.clientWidth;
    model.set("clicked", [event.offsetX * pixel, event.offsetY * pixel]);
    model.save_changes();
  };
  image.addEventListener("click", note);
  model.on("change:value", show);
  show();
  el.append(image);
  return () => {
    model.off("change:value", show);
    URL.revokeObjectURL(image.src);
  };
}

export default { render };
