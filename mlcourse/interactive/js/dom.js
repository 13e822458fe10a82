// Native controls with labels.

export function element(tag, properties = {}, ...children) {
  const { dataset, style, attributes, ...plain } = properties;
  const made = Object.assign(document.createElement(tag), plain);
  Object.assign(made.dataset, dataset);
  Object.assign(made.style, style);
  for (const [name, value] of Object.entries(attributes ?? {})) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function button(text, onClick, properties = {}) {
  const made = element("button", { type: "button", textContent: text, ...properties });
  made.addEventListener("click", onClick);
  return made;
}

// Whether the page may use a key too: Escape, and outside of fields Page Up and Page Down, which
// turn slides. A notebook would insert cells for other keys.
export function isForPage({ key, target }) {
  if (key.startsWith("Page")) return !target.matches("input, select, textarea");
  return key === "Escape";
}

// Each control is {node, set(value)}: `set` shows a value without calling back.
export function select(label, options, onChange) {
  const list = element("select");
  for (const [value, text] of Object.entries(options)) list.append(element("option", { value, textContent: text }));
  list.addEventListener("change", () => onChange(list.value));
  return {
    node: element("label", {}, element("span", { textContent: label }), list),
    set(value) {
      list.value = value;
    },
  };
}

// Show options in a menu; keep the list if they are the same.
export function fill(choice, options, value) {
  const list = choice.node.querySelector("select");
  const texts = Object.values(options);
  if (texts.join("|") !== [...list.options].map(({ text }) => text).join("|")) {
    const option = ([value, textContent]) => element("option", { value, textContent });
    list.replaceChildren(...Object.entries(options).map(option));
  }
  choice.set(String(value));
}

// A menu of numbers; another number is added to it when it is set.
export function numberMenu(label, values, onChange) {
  const list = element("select");
  const add = (value) => list.append(element("option", { value, textContent: String(value) }));
  values.forEach(add);
  list.addEventListener("change", () => onChange(Number(list.value)));
  return {
    node: element("label", {}, element("span", { textContent: label }), list),
    set(value) {
      if (![...list.options].some((option) => Number(option.value) === value)) add(value);
      list.value = String(value);
    },
  };
}

export function slider(label, [min, max, step], onChange) {
  return rangeControl(label, { min, max, step }, onChange, (position) => position, (value) => value);
}

// A slider on a logarithmic scale. low, high, step: exponents of 10. Values have two digits.
export function logSlider(label, [min, max, step], onChange) {
  const toValue = (position) => Number((10 ** position).toPrecision(2));
  return rangeControl(label, { min, max, step }, onChange, toValue, Math.log10);
}

function rangeControl(label, limits, onChange, toValue, toPosition) {
  const input = element("input", { type: "range", ...limits, autocomplete: "off", ariaLabel: label });
  const text = element("span"); // an output element would be what the label names
  const show = (value) => {
    text.textContent = String(value);
    input.ariaValueText = String(value);
  };
  input.addEventListener("input", () => {
    const value = toValue(Number(input.value));
    show(value);
    onChange(value);
  });
  return {
    node: element("label", {}, element("span", {}, `${label} `, text), input),
    input,
    set(value) {
      input.value = toPosition(value);
      show(value);
    },
  };
}

export function numberInput(label, properties, onChange) {
  const input = element("input", { type: "number", autocomplete: "off", ...properties });
  input.addEventListener("change", () => {
    if (input.value !== "") onChange(Number(input.value));
  });
  return {
    node: element("label", {}, element("span", { textContent: label }), input),
    input,
    set(value) {
      input.value = value;
    },
  };
}

export function group(title, ...children) {
  return element("fieldset", {}, element("legend", { textContent: title }), ...children);
}
