// Parts of a drawing in SVG.

const NAMESPACE = "http://www.w3.org/2000/svg";

export function shape(tag, attributes, text) {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}
