// Draws the message of cards/__init__.py. Text enters by textContent alone, never as markup.

const kept = new Map(); // picture key -> object URL, oldest first; shared by every set of cards on the page
const KEEP = 600;

function pictureUrl(key, place, body) {
  let url = kept.get(key);
  kept.delete(key);
  if (!url) {
    const bytes = body.subarray(place[0], place[0] + place[1]);
    url = URL.createObjectURL(new Blob([bytes], { type: mime(bytes) }));
  }
  kept.set(key, url);
  return url;
}

function forgetOldest() {
  for (const [key, url] of kept) {
    if (kept.size <= KEEP) return;
    URL.revokeObjectURL(url);
    kept.delete(key);
  }
}

const mime = (bytes) => ({ 0xff: "image/jpeg", 0x89: "image/png", 0x52: "image/webp" })[bytes[0]] ?? "application/octet-stream";

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text != null) element.textContent = text;
  return element;
}

function drawCard(card, head, body) {
  const item = make("li");
  const button = make("button");
  button.type = "button";
  button.dataset.id = card.id;
  const ranked = card.rank != null;
  button.classList.toggle("match", card.match);
  button.classList.toggle("plain", !ranked);

  if (card.picture != null) {
    const image = make("img");
    image.alt = card.text;
    image.width = image.height = 224;
    image.decoding = "async";
    image.src = pictureUrl(card.picture, head.pictures[card.picture], body);
    button.append(image);
  }
  const rank = make("span", "rank", card.rank);
  if (ranked) rank.prepend(make("span", "hidden", "Rank "));
  const facts = make("span", "facts");
  if (card.picture == null) {
    if (ranked) button.append(rank);
    button.append(make("span", "words", card.text));
  } else if (ranked) facts.append(rank);
  if (card.match) (card.picture == null ? facts : button).append(make("span", "badge", "True match"));
  if (card.elsewhere != null) {
    const [letter, rank] = card.elsewhere;
    const elsewhere = make("span", "elsewhere", ` ${rank}`);
    elsewhere.prepend(make("span", "hidden", "by model "), make("b", letter, letter), make("span", "hidden", " rank"));
    facts.append(elsewhere);
  }
  if (card.score != null) {
    const score = make("span", "score", card.score);
    score.prepend(make("span", "hidden", "score "));
    (card.picture == null ? button : facts).append(score);
  }
  if (facts.childNodes.length) button.append(facts);
  item.append(button);
  return item;
}

function drawList(cards, className, wide, head, body) {
  const list = make("ol", `${className} ${cards.some((card) => card.picture != null) ? "pictures" : "sentences"}`);
  list.classList.toggle("few", cards.length <= 4 && !wide);
  list.classList.toggle("wide", wide);
  list.append(...cards.map((card) => drawCard(card, head, body)));
  return list;
}

function drawColumn(column, head, body) {
  const section = make("section", `column ${column.letter ?? ""}`);
  const top = make("header");
  if (column.title != null) {
    const title = make("h3");
    title.tabIndex = -1;
    if (column.letter) {
      title.append(make("span", "hidden", "Model "), make("span", "letter", column.letter));
    }
    title.append(make("span", "", column.title));
    top.append(title);
  }
  if (column.summary != null) top.append(make("p", "summary", column.summary));
  if (column.note != null) top.append(make("p", "note", column.note));
  section.append(top);
  if (column.problem != null) section.append(make("p", "problem", column.problem));
  else {
    section.append(drawList(column.cards, "cards", column.wide, head, body));
    if (column.beyond.length) section.append(drawList(column.beyond, "beyond", column.wide, head, body));
  }
  section.setAttribute("aria-label", column.letter ? `Model ${column.letter}: ${column.title}` : head.label);
  return section;
}

// Arrow keys go through the cards as they lie; Home and End to the ends of a column.
function move(event, root) {
  const from = event.target.closest("button");
  if (!from) return;
  const column = [...from.closest("section").querySelectorAll("button")];
  const here = from.getBoundingClientRect();
  let to;
  if (event.key === "Home") to = column[0];
  else if (event.key === "End") to = column.at(-1);
  else {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!dx && !dy) return;
    let best = Infinity;
    for (const button of root.querySelectorAll("button")) {
      const there = button.getBoundingClientRect();
      const across = there.left + there.width / 2 - here.left - here.width / 2;
      const down = there.top - here.top;
      const ahead = dx * across + dy * down;
      const aside = Math.abs(dx ? down : across);
      if (ahead < 8 || (dx && aside > here.height / 2)) continue;
      if (ahead + 3 * aside < best) [best, to] = [ahead + 3 * aside, button];
    }
  }
  event.preventDefault();
  to?.focus();
}

export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".root");
  if (!root) {
    root = make("div", "root");
    root.setAttribute("role", "group");
    parentElement.append(root);
  }
  const size = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + size)));
  const body = data.subarray(4 + size);

  const columns = make("div", "columns");
  columns.append(...head.columns.map((column) => drawColumn(column, head, body)));
  root.setAttribute("aria-label", head.label);
  root.replaceChildren(columns);
  forgetOldest();
  const picked = root.classList.contains("waiting");
  root.classList.remove("waiting");
  if (picked) {
    // What was clicked has become the query: begin reading at the top of its results.
    root.querySelector("h3")?.focus({ preventScroll: true });
    const top = parentElement.host.getBoundingClientRect().top;
    if (top < 0) parentElement.host.scrollIntoView({ block: "start" });
  }

  const echo = (event, on) => {
    const id = event.target.closest?.("button")?.dataset.id;
    if (!id) return;
    for (const twin of root.querySelectorAll("button")) twin.classList.toggle("echo", on && twin.dataset.id === id);
  };
  root.onmouseover = root.onfocusin = (event) => echo(event, true);
  root.onmouseout = root.onfocusout = (event) => echo(event, false);
  root.onkeydown = (event) => move(event, root);
  root.onclick = (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    root.classList.add("waiting");
    setTriggerValue("picked", button.dataset.id);
  };
  return () => root.remove();
}
