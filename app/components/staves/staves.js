// Draws the message of staves/__init__.py. Text enters by textContent alone, never as markup.

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text != null) element.textContent = text;
  return element;
}

function urlOf(place, body, type, urls) {
  const url = URL.createObjectURL(new Blob([body.subarray(place[0], place[0] + place[1])], { type }));
  urls.push(url);
  return url;
}

// Where the cursor stands at a time: between the notes before and after it, when they follow each other on the page.
function columnAt(notes, seconds) {
  let now = 0;
  while (now + 1 < notes.length && notes[now + 1][1] <= seconds) now += 1;
  const [column, began] = notes[now];
  const next = notes[now + 1];
  if (!next || next[0] <= column || seconds < began) return column;
  return column + (next[0] - column) * Math.min((seconds - began) / (next[1] - began), 1);
}

function drawStaff(staff, body, urls, state, pick) {
  const item = make("li", staff.match ? "match" : "");
  const top = make("div", "top");
  const scroll = make("div", "scroll");
  const sheet = make("div", "sheet");
  const image = make("img");
  image.alt = staff.alt;
  image.src = urlOf(staff.picture, body, "image/png", urls);
  sheet.append(image);
  if (staff.window) {
    const mark = make("div", "window");
    mark.style.left = `${staff.window[0]}px`;
    mark.style.width = `${staff.window[1] - staff.window[0]}px`;
    sheet.append(mark);
  }
  const cursor = make("div", "cursor");
  const truth = make("div", "cursor truth");
  cursor.hidden = truth.hidden = true;
  sheet.append(truth, cursor);
  scroll.append(sheet);
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "group");
  scroll.setAttribute("aria-label", `${staff.title}: the staff. Scroll with the arrow keys.`);
  let seek = null;
  if (staff.sound) {
    const audio = make("audio");
    audio.preload = "none";
    audio.src = urlOf(staff.sound, body, "audio/ogg", urls);
    const button = make("button", "play", "Play");
    button.type = "button";
    button.setAttribute("aria-label", `Play ${staff.title}`);
    const show = () => {
      const column = columnAt(staff.notes, audio.currentTime);
      cursor.hidden = false;
      cursor.style.left = `${column}px`;
      if (staff.truth.length) {
        truth.hidden = false;
        truth.style.left = `${columnAt(staff.truth, audio.currentTime)}px`;
      }
      if (column < scroll.scrollLeft || column > scroll.scrollLeft + scroll.clientWidth - 40) scroll.scrollLeft = column - 60;
    };
    const step = () => {
      if (audio.paused) return;
      show();
      requestAnimationFrame(step);
    };
    seek = (seconds) => {
      audio.currentTime = seconds;
      show();
    };
    audio.onplay = () => {
      if (state.playing && state.playing !== audio) state.playing.pause();
      state.playing = audio;
      button.textContent = "Pause";
      step();
    };
    audio.onpause = audio.onended = () => { button.textContent = "Play"; };
    audio.onerror = () => { button.textContent = "No sound"; };
    button.onclick = () => { if (audio.paused) audio.play().catch(() => { button.textContent = "No sound"; }); else audio.pause(); };
    top.append(button, audio);
  }
  top.append(make("span", "title", staff.title));
  if (staff.match) top.append(make("span", "badge", "True match"));
  if ((pick || seek) && staff.notes.length) {
    const choose = (x) => {
      const nearest = staff.notes.reduce((best, note) => (Math.abs(note[0] - x) < Math.abs(best[0] - x) ? note : best));
      if (pick) pick(nearest[2]);
      else seek(nearest[1]);
    };
    sheet.classList.add("pickable");
    sheet.onclick = (event) => choose(event.clientX - sheet.getBoundingClientRect().left);
    scroll.onkeydown = (event) => {
      if (event.key === "Enter") choose(scroll.scrollLeft + scroll.clientWidth / 2);
    };
  }
  item.append(top, scroll);
  if (staff.window) requestAnimationFrame(() => { scroll.scrollLeft = (staff.window[0] + staff.window[1] - scroll.clientWidth) / 2; });
  return item;
}

export default function ({ data, parentElement, setTriggerValue }) {
  parentElement.querySelector(".root")?.remove();
  const root = make("div", "root");
  root.setAttribute("role", "group");
  parentElement.append(root);
  const size = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + size)));
  const body = data.subarray(4 + size);
  const urls = [];
  const state = { playing: null };
  const pick = head.pickable ? (id) => setTriggerValue("picked", id) : null;
  root.setAttribute("aria-label", head.label);
  for (const column of head.columns) {
    const section = make("section", column.letter ?? "");
    if (column.title) {
      const title = make("h3");
      if (column.letter) title.append(make("span", "letter", column.letter));
      title.append(make("span", "", column.title));
      section.append(title);
    }
    if (column.problem != null) section.append(make("p", "problem", column.problem));
    else {
      if (column.summary) section.append(make("p", "summary", column.summary));
      const list = make("ol");
      list.append(...column.staves.map((staff) => drawStaff(staff, body, urls, state, pick)));
      section.append(list);
    }
    root.append(section);
  }
  return () => {
    state.playing?.pause();
    urls.forEach((url) => URL.revokeObjectURL(url));
  };
}
