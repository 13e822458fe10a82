const make = (name, values) => Object.assign(document.createElement(name), values);

// Split sections that are too large into several slides of one size.
const layOut = (() => {
  const LEAST = 0.7; // minimum size of a figure with text, relative to its size alone
  const COLUMN = 400; // pixels, minimum width of text next to a figure
  const box = (node) => node.getBoundingClientRect();

  // Add an empty slide with the same title before or after a slide; return its body.
  const another = (section, where) => {
    const copy = section.cloneNode(false);
    copy.removeAttribute("data-layout");
    copy.className = "text";
    copy.append(make("h2", { innerHTML: section.firstElementChild.innerHTML }));
    const body = make("div", { className: "body" });
    const notes = [...section.querySelectorAll(".notes")]; // of the whole section
    copy.append(body, ...notes.map((one) => one.cloneNode(true)));
    section[where](copy);
    return body;
  };

  // Fit an element to the width: a table by a smaller font first, then by zooming.
  const narrow = (node) => {
    const wide = () => node.scrollWidth > node.parentElement.clientWidth + 1;
    const ways = node.matches("table") ? ["small", "broken"] : [];
    for (const way of ways) if (wide()) node.classList.add(way);
    node.querySelectorAll("table").forEach(narrow);
    if (wide()) node.style.zoom = node.parentElement.clientWidth / node.scrollWidth;
  };

  // Make code, tables and lists slightly smaller, if they overflow and that is enough.
  const shrink = (node, tooMuch) => {
    if (!tooMuch() || !node.querySelector("pre, table, ul, ol")) return;
    node.classList.add("dense");
    node.classList.toggle("dense", !tooMuch());
  };

  // Return the items of a list as separate lists.
  const items = (list) =>
    [...list.children].map((item, at) => {
      const one = list.cloneNode(false);
      if (list.start) one.start = list.start + at;
      list.before(one);
      one.append(item);
      return one;
    });

  // Return the parts that an element can be split into: rows, lines, words, or children.
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
    nodes.flatMap((one) => {
      const tooMuch = () => box(one).height > room;
      shrink(one, tooMuch);
      return tooMuch() ? torn(one, room) : one;
    });

  // Split an element that is higher than a slide; return the parts, or the element, zoomed out.
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
    const distribute = (most) => {
      pieces.splice(0).forEach((one) => one.remove());
      found.forEach((part) => {
        const last = pieces.at(-1);
        if (last) holder(last).append(part);
        if (last && box(last).height <= most) return;
        const next = node.cloneNode(true);
        pieces.push(next);
        node.before(next);
        holder(next).append(part);
      });
      return pieces.length;
    };
    const fewest = distribute(room);
    const share = (height - fixed) / fewest;
    const evenly = (slack) => distribute(Math.min(room, fixed + slack * share)) === fewest;
    if (![1.1, 1.25, 1.5].some(evenly)) distribute(room);
    node.remove();
    return pieces;
  };

  // Return the number of elements per slide.
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

  // Distribute the elements of a section over slides of about the same height.
  const spread = (section) => {
    const body = section.querySelector(".body");
    const [room, space] = [box(body).height, parseFloat(getComputedStyle(body).rowGap)];
    for (const group of body.children) [...group.children].forEach(narrow);
    const end = box(body).bottom;
    shrink(section, () => body.lastElementChild && box(body.lastElementChild).bottom > end);
    const things = fitting([...body.children], room);
    const heights = things.map((one) => box(one).height);
    let counts = packed(heights, space, room);
    for (let most = room - 10; counts.length > 1 && most > 0; most -= 10) {
      const even = packed(heights, space, most);
      if (even.length > counts.length) break;
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

  // Place text next to or above a figure, where the figure is larger, or on a slide before it.
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

  // Without a math font browsers hardly lower a subscript.
  const lower = (main) => {
    const index = main.querySelector("msub > :last-child:not(.notes *)");
    if (!index) return;
    const depth = box(index).bottom - box(index.previousElementSibling).bottom;
    const size = parseFloat(getComputedStyle(index).fontSize);
    document.documentElement.classList.toggle("lowered", depth < 0.2 * size);
  };

  // Make a title small if it is that of the slide before.
  const markTitles = (main) => {
    let before;
    for (const { classList, textContent } of main.querySelectorAll("section > :first-child")) {
      classList.toggle("again", textContent === before);
      before = textContent;
    }
  };

  return (main) => {
    lower(main);
    markTitles(main);
    main.querySelectorAll("section.figure").forEach(arrange);
    main.querySelectorAll("section:not(.figure, .live, .pause)").forEach(spread);
    markTitles(main);
    return [...main.querySelectorAll("section")];
  };
})();
