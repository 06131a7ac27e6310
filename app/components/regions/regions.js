// Draws the message of regions/__init__.py. Text enters by textContent alone, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text != null) element.textContent = text;
  return element;
}

function rectangle(box, className) {
  const drawn = document.createElementNS(SVG, "rect");
  const [left, top, right, bottom] = box.map((edge) => 100 * edge);
  for (const [name, value] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top })) drawn.setAttribute(name, value);
  drawn.setAttribute("class", className);
  return drawn;
}

// The words of an element that are selected, without the phrases' numbers.
function selectedIn(element) {
  const tree = element.getRootNode();
  const selection = tree.getSelection ? tree.getSelection() : document.getSelection(); // Chromium tells of a shadow tree's own only there
  const within = selection && !selection.isCollapsed && element.contains(selection.anchorNode) && element.contains(selection.focusNode);
  return within ? selection.toString().replace(/\s+/g, " ").trim() : "";
}

// The sentence with its phrases as buttons; what lies between them, or within another phrase, stays text.
function sentenceOf(head, choose, show) {
  const line = make("p", "sentence");
  let at = 0;
  const order = head.phrases.map((phrase, index) => ({ ...phrase, index })).sort((a, b) => a.start - b.start);
  for (const phrase of order) {
    if (phrase.start < at) continue;
    line.append(head.sentence.slice(at, phrase.start));
    const button = make("span", `phrase colour${phrase.index % 6}`); // not a <button>, whose words cannot be selected
    button.role = "button";
    button.tabIndex = 0;
    button.dataset.phrase = phrase.index;
    button.append(make("span", "number", phrase.index + 1), head.sentence.slice(phrase.start, phrase.end));
    button.setAttribute("aria-pressed", head.chosen === phrase.index);
    button.onclick = () => selectedIn(line) || choose(head.chosen === phrase.index ? -1 : phrase.index);
    button.onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      button.click();
    };
    button.onpointerenter = button.onfocus = () => show(phrase.index);
    button.onpointerleave = button.onblur = () => show(head.chosen);
    line.append(button);
    at = phrase.end;
  }
  line.append(head.sentence.slice(at));
  return line;
}

// One model's picture. `show(index)` draws one phrase alone, with the next five and the truth; null draws the best of all.
function pictureOf(head, column, url, place) {
  const stage = make("div", "stage");
  const image = make("img");
  image.src = url;
  image.alt = head.alt;
  const layer = document.createElementNS(SVG, "svg");
  layer.setAttribute("viewBox", "0 0 100 100");
  layer.setAttribute("preserveAspectRatio", "none");
  layer.setAttribute("aria-hidden", "true");
  const names = make("div", "names");
  names.setAttribute("aria-hidden", "true");
  stage.append(image, layer, names);
  stage.onclick = (event) => {
    const frame = image.getBoundingClientRect();
    place((event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height, column);
  };
  const show = (one) => {
    layer.replaceChildren();
    names.replaceChildren();
    const wanted = one == null ? column.found.map((_, index) => index) : [].concat(one);
    for (const index of wanted) {
      const colour = `colour${index % 6}`;
      if (!column.found[index]?.length) continue;
      const [best, ...next] = column.found[index];
      if (wanted.length === 1) for (const box of next) layer.append(rectangle(box, `${colour} next`));
      if (wanted.length === 1 && head.phrases[index].truth) layer.append(rectangle(head.phrases[index].truth, "truth under"), rectangle(head.phrases[index].truth, "truth"));
      layer.append(rectangle(best, "under"), rectangle(best, `${colour} best`));
      const name = make("span", `number ${colour}`, index + 1);
      name.style.left = `${100 * best[0]}%`;
      name.style.top = `${100 * best[1]}%`;
      names.append(name);
    }
  };
  return { stage, show };
}

export default function ({ data, parentElement, setTriggerValue }) {
  parentElement.querySelector(".root")?.remove();
  const root = make("div", "root");
  parentElement.append(root);
  const size = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + size)));
  const url = URL.createObjectURL(new Blob([data.subarray(4 + size)]));
  const choose = (index) => setTriggerValue("picked", index);
  const pictures = [];
  const show = (one) => {
    pictures.forEach((picture) => picture.show(one));
    const wanted = one == null ? null : [].concat(one);
    root.querySelectorAll("[data-phrase]").forEach((element) => element.classList.toggle("quiet", wanted != null && !wanted.includes(Number(element.dataset.phrase))));
  };
  const hint = make("p", "hint");
  hint.setAttribute("role", "status");
  const place = (x, y, column) => {
    const here = column.found.flatMap((boxes, index) => {
      const best = boxes[0];
      return best && x >= best[0] && x <= best[2] && y >= best[1] && y <= best[3] ? [index] : [];
    });
    show(here.length ? here : head.chosen);
    const named = here.map((index) => `${index + 1} “${head.sentence.slice(head.phrases[index].start, head.phrases[index].end)}”`);
    hint.textContent = here.length ? `Model ${column.letter} finds here: ${named.join(", ")}.` : `Model ${column.letter} finds nothing of the sentence here.`;
  };
  const sentence = sentenceOf(head, choose, show);
  const find = make("button", "find");
  find.type = "button";
  find.hidden = true;
  find.onclick = () => setTriggerValue("selected", find.dataset.words);
  const offer = () => {
    const words = selectedIn(sentence);
    if (!words) return; // pressing the button takes the selection away
    find.hidden = false;
    find.dataset.words = words;
    find.textContent = `Look for “${words}”`;
  };
  document.addEventListener("selectionchange", offer);
  root.append(sentence, find);
  const columns = make("div", "columns");
  for (const column of head.columns) {
    const section = make("section", column.letter);
    const title = make("h3");
    title.append(make("span", "letter", column.letter), make("span", "", column.title));
    section.append(title);
    if (column.problem != null) section.append(make("p", "problem", column.problem));
    else {
      const picture = pictureOf(head, column, url, place);
      pictures.push(picture);
      const list = make("ol");
      column.verdicts.forEach((verdict, index) => {
        const item = make("li");
        item.dataset.phrase = index;
        item.append(make("span", `number colour${index % 6}`, index + 1), make("span", "", verdict));
        list.append(item);
      });
      section.append(list, picture.stage);
    }
    columns.append(section);
  }
  root.append(columns, hint);
  show(head.chosen);
  return () => {
    URL.revokeObjectURL(url);
    document.removeEventListener("selectionchange", offer);
  };
}
