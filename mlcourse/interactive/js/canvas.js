// A canvas to draw on: each stroke sends the drawing as a PNG in a data URL.
const SIDE = 220, PEN = 20;

function render({ model, el }) {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  let sent = "", last = null;
  canvas.width = canvas.height = SIDE;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "A canvas to draw a digit on; you can also upload an image");
  Object.assign(canvas.style, { border: "1px solid #555", cursor: "crosshair", touchAction: "none" });

  const wipe = () => {
    pen.fillStyle = "white";
    pen.fillRect(0, 0, SIDE, SIDE);
    Object.assign(pen, { lineWidth: PEN, lineCap: "round", lineJoin: "round" });
  };
  const send = (value) => {
    sent = value;
    model.set("value", value);
    model.save_changes();
  };
  const draw = (event) => {
    const box = canvas.getBoundingClientRect();
    const here = [(event.clientX - box.left) * SIDE / box.width, (event.clientY - box.top) * SIDE / box.height];
    pen.beginPath();
    pen.moveTo(...(last ?? here));
    pen.lineTo(...here);
    pen.stroke();
    last = here;
  };
  const follow = () => {
    const value = model.get("value");
    if (value === sent) return;
    sent = value;
    wipe();
    if (!value) return;
    const image = new Image();
    image.onload = () => pen.drawImage(image, 0, 0);
    image.src = value;
  };

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    draw(event);
  });
  canvas.addEventListener("pointermove", (event) => last && draw(event));
  for (const end of ["pointerup", "pointercancel"])
    canvas.addEventListener(end, () => {
      if (last) send(canvas.toDataURL("image/png"));
      last = null;
    });
  model.on("change:value", follow);
  wipe();
  follow();
  el.append(canvas);
  return () => model.off("change:value", follow);
}

export default { render };
