const make = (name, values) => Object.assign(document.createElement(name), values);

// Spreads what belongs together over as many slides of one size as it takes.
const layOut = (() => {
  const AIR = 0.85; // of a slide's height is used, where there is more than one
  const LEAST = 0.7; // of the size that a picture has alone; else its words go before it
  const COLUMN = 400; // pixels, the least width of words beside a picture
  const box = (node) => node.getBoundingClientRect();

  // A slide of the same title before or after a slide; returns its body, which is empty.
  const another = (section, where) => {
    const copy = section.cloneNode(false);
    copy.removeAttribute("data-layout");
    copy.className = "text";
    copy.append(make("h2", { innerHTML: section.firstElementChild.innerHTML }));
    const body = make("div", { className: "body" });
    const notes = [...section.querySelectorAll(".notes")]; // of all of what belongs together
    copy.append(body, ...notes.map((one) => one.cloneNode(true)));
    section[where](copy);
    return body;
  };

  // Makes a thing as narrow as the slide: a table by smaller letters first, then all of it.
  const narrow = (node) => {
    const wide = () => node.scrollWidth > node.parentElement.clientWidth + 1;
    const ways = node.matches("table") ? ["small", "broken"] : [];
    for (const way of ways) if (wide()) node.classList.add(way);
    node.querySelectorAll("table").forEach(narrow);
    if (wide()) node.style.zoom = node.parentElement.clientWidth / node.scrollWidth;
  };

  // Sets code, tables and lists a little smaller, if they are too much and that is enough.
  const shrink = (node, tooMuch) => {
    if (!tooMuch() || !node.querySelector("pre, table, ul, ol")) return;
    node.classList.add("dense");
    node.classList.toggle("dense", !tooMuch());
  };

  // Returns a list's items as lists of their own.
  const items = (list) =>
    [...list.children].map((item, at) => {
      const one = list.cloneNode(false);
      if (list.start) one.start = list.start + at;
      list.before(one);
      one.append(item);
      return one;
    });

  // Returns what a thing can be torn into: rows, lines, words, or what it holds.
  const parts = (node, room) => {
    if (node.matches("math, img, svg, canvas, figure, tr")) return [];
    if (node.matches("table")) return [...node.tBodies].flatMap((body) => [...body.rows]);
    if (node.matches("pre") && [...node.children].every((one) => !one.textContent.includes("\n"))) {
      const lines = node.innerHTML.split("\n").map((line) => `<span>${line}\n</span>`);
      return [...make("template", { innerHTML: lines.join("") }).content.children];
    }
    return [...node.childNodes].flatMap((one) => {
      if (one.matches?.("ul, ol")) return fitting(items(one), room);
      if (one.nodeType === Node.ELEMENT_NODE) return fitting([one], room);
      return (one.textContent.match(/\s*\S+\s*|\s+/g) ?? []).map((word) => new Text(word));
    });
  };

  const fitting = (nodes, room) =>
    nodes.flatMap((one) => (box(one).height > room ? torn(one, room) : one));

  // Tears what is higher than a slide; returns the pieces, or itself, made smaller.
  const torn = (node, room) => {
    const found = parts(node, room);
    if (found.length < 2) {
      node.style.zoom = Math.min(1, room / box(node).height);
      return [node];
    }
    const pieces = [];
    const holder = (one) => one.tBodies?.[0] ?? one;
    const { height } = box(node);
    holder(node).replaceChildren();
    const fixed = box(node).height;
    const share = (height - fixed) / Math.ceil((height - fixed) / (room - fixed));
    const most = Math.min(room, fixed + 1.1 * share); // all about equally full
    found.forEach((part) => {
      const last = pieces.at(-1);
      if (last) holder(last).append(part);
      if (last && box(last).height <= most) return;
      const next = node.cloneNode(true);
      pieces.push(next);
      node.before(next);
      holder(next).append(part);
    });
    node.remove();
    return pieces;
  };

  // Returns how many things go on each slide, in their order.
  const packed = (heights, space, room) => {
    const counts = [];
    let left = -1;
    for (const height of heights) {
      if (height > left) [left, counts[counts.length]] = [room, 0];
      counts[counts.length - 1] += 1;
      left -= height + space;
    }
    return counts;
  };

  // Puts on a slide what fits, and the rest on further ones, all about equally full.
  const spread = (section) => {
    const body = section.querySelector(".body");
    const [room, space] = [box(body).height, parseFloat(getComputedStyle(body).rowGap)];
    for (const group of body.children) [...group.children].forEach(narrow);
    const end = box(body).bottom;
    shrink(section, () => body.lastElementChild && box(body.lastElementChild).bottom > end);
    for (const group of body.children) shrink(group, () => box(group).height > room);
    const things = fitting([...body.children], room);
    const heights = things.map((one) => box(one).height);
    let counts = packed(heights, space, room);
    for (let most = AIR * room; counts.length > 1 && most > 0; most -= 10) {
      const even = packed(heights, space, most);
      if (most < AIR * room && even.length > counts.length) break;
      counts = even;
    }
    let slide = section;
    things.splice(0, counts[0]);
    for (const count of counts.slice(1)) {
      const next = another(slide, "after");
      next.append(...things.splice(0, count));
      slide = next.parentElement;
    }
  };

  // Puts words beside or above a picture, whatever leaves it larger, or on a slide before it.
  const arrange = (section) => {
    const [words, frame] = [section.querySelector(".words"), section.querySelector(".frame")];
    const picture = frame.querySelector("img, svg, canvas, video");
    if (!words || !picture) return;
    const wide = picture.naturalWidth || box(picture).width;
    const high = picture.naturalHeight || box(picture).height;
    const body = box(words.parentElement);
    const size = (layout) => {
      section.dataset.layout = layout;
      words.hidden = layout === "alone";
      const most = body.width - COLUMN - 32;
      frame.style.width = layout === "beside" ? `${most}px` : "";
      const fits = Math.max(COLUMN, (box(picture).height * wide) / high);
      if (layout === "beside") frame.style.width = `${Math.min(most, fits)}px`;
      const { width, bottom } = box(words);
      const sticksOut = [...words.querySelectorAll("*")].some(
        (one) => one.scrollWidth > width + 1 || box(one).bottom > Math.min(bottom, body.bottom) + 1,
      );
      return sticksOut ? 0 : Math.min(box(picture).width / wide, box(picture).height / high);
    };
    const [alone, above, beside] = ["alone", "above", "beside"].map(size);
    size(Math.max(above, beside) < LEAST * alone ? "alone" : beside < above ? "above" : "beside");
    if (!words.hidden) return;
    another(section, "before").append(...words.children);
    words.remove();
  };

  // Without a mathematical font a browser hardly lowers an index.
  const lower = (main) => {
    const index = main.querySelector("msub > :last-child:not(.notes *)");
    if (!index) return;
    const depth = box(index).bottom - box(index.previousElementSibling).bottom;
    const size = parseFloat(getComputedStyle(index).fontSize);
    document.documentElement.classList.toggle("lowered", depth < 0.2 * size);
  };

  return (main) => {
    lower(main);
    main.querySelectorAll("section.figure").forEach(arrange);
    main.querySelectorAll("section:not(.figure)").forEach(spread);
    return [...main.querySelectorAll("section")];
  };
})();
