// Texts for a screen reader, which leaves out or spells most signs of mathematics.

const WORDS = {
  "·": " times ", "−": " minus ", "←": " becomes ", "²": " squared", "′": " prime", "ŷ": "y hat", "–": "not finite",
};

function toDigits(signs) {
  return signs.replace(/./g, (sign) => {
    const digit = "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(sign);
    return digit < 0 ? "0123456789k,"["₀₁₂₃₄₅₆₇₈₉ₖ‚".indexOf(sign)] : digit;
  });
}

function toIndices(signs) {
  const digits = toDigits(signs);
  return ` ${digits.includes(",") ? digits.replace(",", ", ") : [...digits].join(" ")} `;
}

// Return a text with words for signs: w⁽²⁾₁₃ becomes "w 1 3 of layer 2", ∂L/∂w "derivative of L by w".
export function spoken(text) {
  return text
    .replace(/∂([^ /]+) ?\/ ?∂([^ =,.:]+)/g, "derivative of $1 by $2")
    .replace(/⁽([^⁾]+)⁾([₀-₉‚ₖ]*)/g, (_, layer, units) => `${toIndices(units)}of layer ${toDigits(layer)}`)
    .replace(/[₀-₉ₖ]+/g, toIndices)
    .replace(/(\d)e−(\d)/g, "$1 times 10 to the power of −$2")
    .replace(/[·−←²′ŷ–]/g, (sign) => WORDS[sign])
    .replace(/ +/g, " ")
    .trim();
}
