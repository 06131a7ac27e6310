// Draws the message of map_grid/__init__.py. Text enters by textContent alone, never as markup.

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text != null) element.textContent = text;
  return element;
}

function drawWords(words) {
  const highest = Math.max(...words.map(([, value]) => Math.abs(value)), 1e-12);
  const list = make("ol", "words");
  list.setAttribute("aria-label", "Words, and how much each raises or lowers the score");
  for (const [word, value] of words) {
    const item = make("li");
    const share = value / highest;
    const bar = make("span", value < 0 ? "bar lowers" : "bar");
    bar.style.setProperty("--share", Math.abs(share).toFixed(3));
    bar.setAttribute("aria-hidden", "true");
    item.append(bar, make("span", "word", word));
    item.append(make("span", "hidden", ` ${value < 0 ? "lowers" : "raises"} by ${Math.abs(share * 100).toFixed(0)} % of the strongest`));
    item.title = `${word}: ${value.toPrecision(2)}`;
    list.append(item);
  }
  return list;
}

function drawCell(cell, head, body, urls) {
  const figure = make("figure", cell.letter ?? "");
  const caption = make("figcaption");
  const title = make("h4");
  if (cell.letter) title.append(make("span", "hidden", "Model "), make("span", "letter", cell.letter));
  title.append(make("span", "", cell.title));
  figure.append(title);
  if (cell.problem != null) {
    figure.append(make("p", "problem", cell.problem));
    return figure;
  }
  const [start, length] = head.pictures[cell.picture];
  const image = make("img");
  image.alt = cell.alt;
  image.width = image.height = 448;
  const url = URL.createObjectURL(new Blob([body.subarray(start, start + length)], { type: "image/jpeg" }));
  urls.push(url);
  image.src = url;
  figure.append(image);
  cell.facts.forEach((fact, place) => caption.append(make("p", place ? "fact" : "fact first", fact)));
  if (cell.words.length) caption.append(drawWords(cell.words));
  figure.append(caption);
  return figure;
}

function drawRow(row, head, body, urls, remove) {
  const section = make("section");
  section.setAttribute("aria-label", row.title);
  const top = make("header");
  top.append(make("h3", "", row.title));
  if (row.note) top.append(make("span", "note", row.note));
  if (row.id != null) {
    const cross = make("button", "remove", "×");
    cross.type = "button";
    cross.title = cross.ariaLabel = `Remove ${row.title}`;
    cross.onclick = () => remove(row.id);
    top.append(cross);
  }
  const cells = make("div", "cells");
  cells.style.setProperty("--columns", row.cells.length);
  cells.append(...row.cells.map((cell) => drawCell(cell, head, body, urls)));
  section.append(top, cells);
  return section;
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
  const urls = [];
  root.setAttribute("aria-label", head.label);
  root.replaceChildren(...head.rows.map((row) => drawRow(row, head, body, urls, (id) => setTriggerValue("removed", id))));
  for (const url of root.urls ?? []) URL.revokeObjectURL(url);
  root.urls = urls;
  return () => {
    urls.forEach((url) => URL.revokeObjectURL(url));
    root.remove();
  };
}
