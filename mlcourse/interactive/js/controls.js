// Native controls with labels.

import { element } from "./dom.js";

export function button(textContent, onClick, properties = {}) {
  const made = element("button", { type: "button", textContent, ...properties });
  made.addEventListener("click", onClick);
  return made;
}

// Each control is {node, input, set(value)}: `set` shows a value without calling back.
function control(label, input, set) {
  return { node: element("label", {}, element("span", { textContent: label }), input), input, set };
}

// A menu. options: an object of texts, or a list of pairs, by value; another value is added when it is
// set. fill(options, value): show other options, unless they are the same.
export function select(label, options, onChange) {
  const input = element("select");
  const add = ([value, textContent]) => input.append(element("option", { value, textContent }));
  const set = (value, text = value) => {
    if (![...input.options].some((option) => option.value === String(value))) add([value, text]);
    input.value = value;
  };
  const fill = (others, value) => {
    const pairs = Array.isArray(others) ? others : Object.entries(others);
    const texts = pairs.map(([, text]) => text).join("|");
    if (texts !== [...input.options].map(({ text }) => text).join("|")) {
      input.replaceChildren();
      pairs.forEach(add);
    }
    if (value !== undefined) set(value);
  };
  fill(options);
  input.addEventListener("change", () => onChange(input.value));
  return { ...control(label, input, set), fill };
}

// Return options of a menu: the labels of a table, by name.
export function labels(table) {
  return Object.fromEntries(Object.entries(table).map(([name, { label }]) => [name, label]));
}

export function numberMenu(label, values, onChange) {
  return select(label, values.map((value) => [value, value]), (value) => onChange(Number(value)));
}

// Return options of a menu: texts with the numbers from 1 to n, by their index.
export function numbered(n, prefix = "") {
  return Object.fromEntries(Array.from({ length: n }, (_, i) => [i, `${prefix}${i + 1}`]));
}

export function checkbox(label, onChange, properties = {}) {
  const input = element("input", { type: "checkbox", ...properties });
  input.addEventListener("change", () => onChange(input.checked));
  const node = element("label", { className: "check" }, input, element("span", { textContent: label }));
  return { node, input };
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
    text.textContent = value;
    input.ariaValueText = value;
  };
  input.addEventListener("input", () => {
    const value = toValue(Number(input.value));
    show(value);
    onChange(value);
  });
  const set = (value) => {
    input.value = toPosition(value);
    show(value);
  };
  return { node: element("label", {}, element("span", {}, `${label} `, text), input), input, set };
}

export function numberInput(label, properties, onChange) {
  const input = element("input", { type: "number", autocomplete: "off", ...properties });
  input.addEventListener("change", () => {
    if (input.value !== "") onChange(Number(input.value));
  });
  return control(label, input, (value) => {
    input.value = value;
  });
}
