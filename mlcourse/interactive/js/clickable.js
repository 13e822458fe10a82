// An image, from the bytes of a PNG, that reports clicks in its own pixels, and shows a thumbnail
// of the point under the mouse.
const NEAR = 12; // pixels, from the mouse to a point
const SIDE = 84; // CSS pixels of a thumbnail

function url(bytes) {
  return URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
}

function nearest(points, x, y) {
  let best = -1;
  let least = NEAR;
  points.forEach(([px, py], i) => {
    const distance = Math.hypot(px - x, py - y);
    if (distance <= least) [best, least] = [i, distance];
  });
  return best;
}

function render({ model, el }) {
  const image = document.createElement("img");
  image.className = "widget-image";
  image.alt = "";
  image.draggable = false;
  image.style.cssText = "display: block; width: 100%; height: auto; cursor: crosshair";
  image.width = model.get("width");
  image.height = model.get("height");
  const thumbnail = document.createElement("canvas");
  thumbnail.width = thumbnail.height = SIDE;
  thumbnail.style.cssText =
    "position: absolute; pointer-events: none; border: 2px solid black; background: white";
  thumbnail.hidden = true;
  const sheet = new Image();
  el.style.position = "relative";

  const show = () => {
    const before = image.src;
    image.src = url(model.get("value"));
    if (before) URL.revokeObjectURL(before);
  };
  const pixelOf = (event) => {
    const scale = image.naturalWidth / image.clientWidth;
    return [event.offsetX * scale, event.offsetY * scale];
  };
  const note = (event) => {
    model.set("clicked", pixelOf(event));
    model.save_changes();
  };
  const peek = (event) => {
    const i = nearest(model.get("points"), ...pixelOf(event));
    thumbnail.hidden = i < 0 || !sheet.naturalWidth;
    if (thumbnail.hidden) return;
    const columns = model.get("thumbnail_columns");
    const width = sheet.naturalWidth / columns;
    const height = sheet.naturalHeight / Math.ceil(model.get("points").length / columns);
    const context = thumbnail.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(
      sheet, (i % columns) * width, Math.floor(i / columns) * height, width, height,
      0, 0, SIDE, SIDE,
    );
    const left = Math.min(event.offsetX + 16, image.clientWidth - SIDE - 4);
    thumbnail.style.left = `${left}px`;
    thumbnail.style.top = `${Math.max(event.offsetY - SIDE - 16, 0)}px`;
  };
  const load = () => {
    if (sheet.src) URL.revokeObjectURL(sheet.src);
    sheet.src = url(model.get("thumbnails"));
  };
  image.addEventListener("click", note);
  image.addEventListener("mousemove", peek);
  image.addEventListener("mouseleave", () => { thumbnail.hidden = true; });
  model.on("change:value", show);
  model.on("change:thumbnails", load);
  show();
  load();
  el.append(image, thumbnail);
  return () => {
    model.off("change:value", show);
    model.off("change:thumbnails", load);
    URL.revokeObjectURL(image.src);
    URL.revokeObjectURL(sheet.src);
  };
}

export default { render };
