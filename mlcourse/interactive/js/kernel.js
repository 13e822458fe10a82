// A live component as an anywidget: one session a model, however many views show it.

const QUIET = 200; // milliseconds without a change before Python hears of it

export function toFloats(view) {
  if (!view?.byteLength) return null;
  return new Float64Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

export function toBytes(floats) {
  return new DataView(Float64Array.from(floats).buffer);
}

function saveSettings({ settings }, model) {
  model.set("settings", { ...settings });
}

function loadSettings(session, model) {
  session.load(model.get("settings"));
}

// open(model): return a session, which calls onChange. save(session, model): set the model's values.
// load(session, model): take those that Python has set.
export function makeWidget({ open, mount, save = saveSettings, load = loadSettings }) {
  return () => {
    let session = null;
    let timer = null;
    const start = (model) => {
      session = open(model);
      session.onChange = () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          save(session, model);
          model.save_changes();
        }, QUIET);
      };
      // Python sets several values in the same message: wait until all of it is here.
      model.on("change:restarts", () => queueMicrotask(() => {
        clearTimeout(timer);
        load(session, model);
      }));
    };
    return {
      initialize({ model }) {
        start(model);
      },
      render({ model, el }) {
        if (!session) start(model);
        const view = mount(el, session);
        return () => view.dispose();
      },
    };
  };
}
