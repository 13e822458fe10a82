// Elements of the page.

export function element(tag, { dataset, style, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  Object.assign(made.dataset, dataset);
  Object.assign(made.style, style);
  made.append(...children);
  return made;
}

export function block(className, ...children) {
  return element("div", { className }, ...children);
}

export function paragraph(className, textContent = "") {
  return element("p", { className, textContent });
}

// A part of the page whose name a screen reader says. role: region, group or img.
export function named(role, ariaLabel, className, ...children) {
  return element("div", { role, ariaLabel, className }, ...children);
}

export function group(title, ...children) {
  return element("fieldset", {}, element("legend", { textContent: title }), ...children);
}

// A message that a screen reader says at once: {node, show(text)}. It is hidden without a text.
export function alert() {
  const node = element("p", { className: "problem", role: "alert", hidden: true });
  return {
    node,
    show(text) {
      node.hidden = !text;
      node.textContent = text;
    },
  };
}
