// A live component as an anywidget: one session a model, however many views show it.

const QUIET = 200; // milliseconds without a change before Python hears of it

// Numbers travel as bytes, float64. A copy starts at a multiple of 8 bytes.
export function fromMessage(value) {
  if (!(value instanceof DataView)) return value;
  const { buffer, byteOffset, byteLength } = value;
  return byteLength ? new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength)) : null;
}

function toMessage(value) {
  return value instanceof Float64Array ? new DataView(value.slice().buffer) : value;
}

// names: of the model's values that a new session takes, and load(...) when Python has set them.
// Session.saved: what Python hears of, by name. restore(session, model): continue what Python has.
export function makeWidget({ Session, mount, names = ["settings"], quiet = QUIET, restore = () => {} }) {
  return () => {
    let session = null;
    let timer = null;
    const start = (model) => {
      const values = () => names.map((name) => fromMessage(model.get(name)));
      session = new Session(...values());
      restore(session, model);
      session.onChange = () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          for (const [name, value] of Object.entries(session.saved)) model.set(name, toMessage(value));
          model.save_changes();
        }, quiet);
      };
      // Python sets several values in the same message: wait until all of it is here.
      model.on("change:restarts", () => queueMicrotask(() => {
        clearTimeout(timer);
        session.load(...values());
      }));
    };
    return {
      initialize({ model }) {
        start(model);
      },
      render({ model, el }) {
        if (!session) start(model);
        const view = mount(el, session);
        return () => {
          view.dispose();
          if (!session.running || session.views.size) return;
          session.running = false;
          session.onChange();
        };
      },
    };
  };
}
