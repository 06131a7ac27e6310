// Linked maps: scatter plots of the same points in several spaces, drawn with WebGL2. Hover, lasso, pan, zoom and pair
// lines live in the browser; only a lasso's outline or a handful of ids goes back to the server.
const AT_ONCE = 150_000, REST = 150, SENT = 30; // points drawn while a map moves; milliseconds until all of them are, and until a message is on its way
const REACH = 14, DWELL = 125, MOST_LINES = 1500, MOST_PICTURES = 60, MOST_CORNERS = 60, CLICK = 4;
const RAMP = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]]; // viridis, five stops
const CATEGORIES = [[0, 114, 178], [230, 159, 0], [0, 158, 115], [213, 94, 0], [86, 180, 233], [204, 121, 167], [150, 130, 0], [110, 110, 110]]; // Okabe & Ito

const VERTEX = `#version 300 es
in vec2 position; in vec4 colour; in float form; in float chosen;
uniform vec2 scale; uniform vec2 shift; uniform float size; uniform float fade;
out vec4 tint; flat out float kind;
void main() {
  gl_Position = vec4(position * scale + shift, -chosen * 0.5, 1.0);
  gl_PointSize = size * (1.0 + 0.6 * chosen) * (form > 0.5 ? 1.1 : 1.35);
  tint = vec4(colour.rgb, colour.a * mix(fade, 1.0, chosen));
  kind = form;
}`;
const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 tint; flat in float kind; out vec4 result;
void main() {
  vec2 p = gl_PointCoord * 2.0 - 1.0;
  float inside = kind > 0.5 ? min(0.8 - p.y, (p.y + 0.9) * 0.5 - abs(p.x)) : 1.0 - length(p);
  float alpha = tint.a * smoothstep(0.0, 0.25, inside);
  if (alpha < 0.02) discard;
  result = vec4(tint.rgb * alpha, alpha);
}`;

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

/** Points in square cells, so that a pointer asks only those near it. */
class Grid {
  constructor(xy) {
    this.xy = xy;
    const n = xy.length / 2;
    this.low = [Infinity, Infinity];
    const high = [-Infinity, -Infinity];
    for (let i = 0; i < 2 * n; i++) {
      const a = i & 1;
      if (xy[i] < this.low[a]) this.low[a] = xy[i];
      if (xy[i] > high[a]) high[a] = xy[i];
    }
    this.high = high;
    this.side = Math.max(1, Math.ceil(Math.sqrt(n / 2)));
    this.step = Math.max(high[0] - this.low[0], high[1] - this.low[1], 1e-6) / this.side;
    const cells = new Int32Array(n);
    this.start = new Int32Array(this.side * this.side + 1);
    for (let i = 0; i < n; i++) this.start[(cells[i] = this.cell(xy[2 * i], 0) + this.side * this.cell(xy[2 * i + 1], 1)) + 1]++;
    for (let c = 0; c < this.side * this.side; c++) this.start[c + 1] += this.start[c];
    this.order = new Int32Array(n);
    const next = this.start.slice();
    for (let i = 0; i < n; i++) this.order[next[cells[i]]++] = i;
  }
  cell(value, axis) {
    return Math.min(this.side - 1, Math.max(0, Math.floor((value - this.low[axis]) / this.step)));
  }
  /** Where in ``order`` the points of the cells that touch this window stand: one stretch a row. */
  *stretches(x0, y0, x1, y1) {
    for (let row = this.cell(y0, 1); row <= this.cell(y1, 1); row++)
      yield [this.start[this.cell(x0, 0) + this.side * row], this.start[this.cell(x1, 0) + this.side * row + 1]];
  }
  *within(x0, y0, x1, y1) {
    for (const [from, to] of this.stretches(x0, y0, x1, y1)) for (let k = from; k < to; k++) yield this.order[k];
  }
  nearest(x, y, reach, accept = () => true) {
    let best = -1, least = reach * reach;
    for (const i of this.within(x - reach, y - reach, x + reach, y + reach)) {
      const dx = this.xy[2 * i] - x, dy = this.xy[2 * i + 1] - y, d = dx * dx + dy * dy;
      if (d < least && accept(i, dx, dy)) [best, least] = [i, d];
    }
    return best;
  }
}

/** One map: its two canvases (points below, marks above) and its window onto the plane. */
class Panel {
  constructor(owner, index) {
    this.owner = owner;
    this.index = index;
    this.xy = owner.geometry.arrays[`layout${index}`];
    this.grid = new Grid(this.xy);
    const { title, note } = owner.geometry.maps[index];
    this.points = element("canvas");
    this.over = element("canvas", { className: "over", tabIndex: 0 });
    this.over.setAttribute("role", "application");
    this.over.setAttribute("aria-label", `Map of ${title}. Arrow keys walk to the next point, Enter selects it, plus and minus zoom, 0 shows everything, Escape clears.`);
    this.card = element("div", { className: "card", hidden: true });
    this.box = element("div", { className: "panel" }, this.points, this.over, this.card);
    this.figure = element("figure", {}, element("figcaption", {}, element("b", { textContent: title, title }), element("span", { textContent: note ?? "" })), this.box);
    this.reset();
    this.prepare();
    this.listen();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.box);
  }
  reset() {
    const { low, high } = this.grid;
    this.centre = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2];
    this.extent = Math.max(high[0] - low[0], high[1] - low[1], 1e-6) * 1.06;
    this.zoom = 1;
  }
  prepare() {
    const gl = (this.gl = this.points.getContext("webgl2", { alpha: true, antialias: false, premultipliedAlpha: true }));
    if (!gl) {
      this.box.append(element("div", { className: "waiting", textContent: "This browser offers no WebGL 2, which the maps need. Switch on hardware acceleration, or use another browser." }));
      return;
    }
    const program = gl.createProgram();
    for (const [type, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    this.uniform = Object.fromEntries(["scale", "shift", "size", "fade"].map((name) => [name, gl.getUniformLocation(program, name)]));
    this.buffers = {};
    this.attributes = [];
    const attribute = (name, data, size, type, normalized) => {
      const place = gl.getAttribLocation(program, name);
      gl.bindBuffer(gl.ARRAY_BUFFER, (this.buffers[name] = gl.createBuffer()));
      gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
      gl.enableVertexAttribArray(place);
      this.attributes.push([this.buffers[name], place, size, type, normalized, size * data.BYTES_PER_ELEMENT]);
    };
    attribute("position", this.xy, 2, gl.FLOAT, false);
    attribute("colour", this.owner.tints(this.index), 4, gl.UNSIGNED_BYTE, true);
    attribute("form", this.owner.geometry.arrays.forms, 1, gl.UNSIGNED_BYTE, false);
    attribute("chosen", this.owner.chosen, 1, gl.UNSIGNED_BYTE, true);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }
  /** Let the graphics card read every ``step``-th point only. */
  thin(step) {
    if (this.step === step) return;
    this.step = step;
    for (const [buffer, place, size, type, normalized, bytes] of this.attributes) {
      this.gl.bindBuffer(this.gl.ARRAY_BUFFER, buffer);
      this.gl.vertexAttribPointer(place, size, type, normalized, step * bytes, 0);
    }
  }
  upload(name, data) {
    if (!this.gl) return;
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, this.buffers[name]);
    this.gl.bufferSubData(this.gl.ARRAY_BUFFER, 0, data);
  }
  get size() { return [this.box.clientWidth, this.box.clientHeight]; }
  get pixels() { return (Math.min(...this.size) / this.extent) * this.zoom; } // CSS pixels per unit of the layout
  toScreen(i) {
    return this.fromPlane(this.xy[2 * i], this.xy[2 * i + 1]);
  }
  fromPlane(x, y) {
    const [w, h] = this.size, k = this.pixels;
    return [w / 2 + (x - this.centre[0]) * k, h / 2 - (y - this.centre[1]) * k];
  }
  toPlane(x, y) {
    const [w, h] = this.size, k = this.pixels;
    return [(x - w / 2) / k + this.centre[0], (h / 2 - y) / k + this.centre[1]];
  }
  draw() {
    const [w, h] = this.size, ratio = window.devicePixelRatio || 1;
    if (!w || !h) return;
    for (const canvas of [this.points, this.over]) {
      if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
        canvas.width = Math.round(w * ratio);
        canvas.height = Math.round(h * ratio);
      }
    }
    const gl = this.gl;
    if (gl) {
      const n = this.xy.length / 2, k = this.pixels;
      gl.viewport(0, 0, this.points.width, this.points.height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform2f(this.uniform.scale, (2 * k) / w, (2 * k) / h);
      gl.uniform2f(this.uniform.shift, (-2 * k * this.centre[0]) / w, (-2 * k * this.centre[1]) / h);
      const base = n > 200000 ? 2 : n > 20000 ? 3 : n > 3000 ? 4.5 : 6;
      gl.uniform1f(this.uniform.size, base * ratio * Math.min(3, Math.sqrt(this.zoom)));
      gl.uniform1f(this.uniform.fade, this.owner.any ? 0.16 : n > 200000 ? 0.5 : 0.8);
      if (n > DENSE && !this.owner.any) {
        if (!this.far) this.drawInside(base * ratio * Math.min(3, Math.sqrt(this.zoom)));
        return this.mark();
      }
      this.thin(this.owner.moving ? Math.min(31, Math.ceil(n / AT_ONCE)) : 1); // a stride is 255 bytes at most
      gl.drawArrays(gl.POINTS, 0, Math.floor(n / this.step));
    }
    this.mark();
  }
  /** The points in the window, ``size`` pixels wide; while it moves a share of them, the smaller the larger they are. */
  drawInside(size) {
    const { gl, grid, owner } = this, stretches = [...grid.stretches(...this.toPlane(0, this.size[1]), ...this.toPlane(this.size[0], 0))];
    const all = stretches.reduce((sum, [from, to]) => sum + to - from, 0), step = owner.moving ? Math.ceil((all / AT_ONCE) * Math.max(1, size * size / 4)) : 1;
    const indices = new Uint32Array(Math.ceil(all / step) + stretches.length);
    let count = 0;
    for (const [from, to] of stretches) {
      if (step === 1) indices.set(grid.order.subarray(from, to), count), (count += to - from);
      else for (let k = from; k < to; k += step) indices[count++] = grid.order[k];
    }
    this.thin(1);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, (this.inside ??= gl.createBuffer()));
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, indices.subarray(0, count), gl.STREAM_DRAW);
    gl.drawElements(gl.POINTS, count, gl.UNSIGNED_INT, 0);
  }
  /** Whether a density is shown in place of the points: there are very many, none is selected, and they lie too close to be told apart. */
  get far() {
    return this.owner.n > DENSE && !this.owner.any && ((this.grid.step * this.grid.side) / CELLS) * this.pixels < NEAR;
  }
  get density() {
    const { owner, grid, index } = this, { key, per_map, names, pending } = owner.mode, named = names?.length > 2 && !pending && !per_map;
    return (this.made ??= new Density(this.xy, grid.low, grid.step * grid.side, owner.tints(index), named && owner.geometry.arrays[key], named && names));
  }
  /** What lies over the points, or in place of them: pictures when zoomed in, pair lines of the selection, the lasso, the hovered point. */
  mark() {
    const [w, h] = this.size, ratio = window.devicePixelRatio || 1, pen = this.over.getContext("2d"), { owner } = this;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, w, h);
    if (this.far) this.density.draw(pen, this);
    if (owner.sheet && this.zoom >= 6) this.pictures(pen);
    pen.strokeStyle = owner.ink;
    pen.globalAlpha = Math.min(0.5, Math.max(0.07, 8 / owner.lines.length)); // many lines stay light, so that the points are seen
    pen.lineWidth = 1;
    pen.beginPath();
    for (const [i, j] of owner.lines) {
      pen.moveTo(...this.toScreen(i));
      pen.lineTo(...this.toScreen(j));
    }
    pen.stroke();
    pen.globalAlpha = 1;
    if (owner.pins[this.index]) this.pin(pen, owner.pins[this.index]);
    if (this.lasso) {
      pen.strokeStyle = owner.accent;
      pen.lineWidth = 2;
      pen.beginPath();
      this.lasso.forEach(([x, y], step) => (step ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.closePath();
      pen.stroke();
    }
    if (owner.hovered >= 0) {
      pen.strokeStyle = owner.ink;
      for (const i of owner.family(owner.hovered)) {
        pen.lineWidth = i === owner.hovered ? 3 : 1.5;
        pen.beginPath();
        pen.arc(...this.toScreen(i), i === owner.hovered ? 9 : 6, 0, 2 * Math.PI);
        pen.stroke();
      }
      const picture = owner.pictureOf(owner.hovered);
      if (picture >= 0 && owner.at !== this) {
        const [x, y] = this.toScreen(owner.hovered);
        owner.sprite(pen, picture, Math.min(w - 60, x + 10), Math.max(4, Math.min(h - 60, y - 58)), 56);
      }
    }
  }
  /** A question that is no point of the data: where it would lie, and lines to what is nearest to it in the space. */
  pin(pen, { x, y, near, label }) {
    const { owner } = this, [left, top] = this.fromPlane(x, y), right = left > this.size[0] - 160;
    pen.strokeStyle = pen.fillStyle = owner.ink;
    pen.lineWidth = 1;
    pen.beginPath();
    for (const i of near) {
      pen.moveTo(left, top);
      pen.lineTo(...this.toScreen(i));
    }
    pen.stroke();
    pen.beginPath();
    for (let corner = 0; corner < 10; corner++) {
      const turn = (corner * Math.PI) / 5, reach = corner % 2 ? 4.5 : 11;
      pen.lineTo(left + reach * Math.sin(turn), top - reach * Math.cos(turn));
    }
    pen.closePath();
    pen.fill();
    pen.strokeStyle = owner.paper;
    pen.stroke();
    pen.font = "600 13px system-ui, sans-serif";
    pen.textAlign = right ? "right" : "left";
    pen.lineWidth = 4;
    pen.strokeText(label, left + (right ? -14 : 14), top - 8);
    pen.fillText(label, left + (right ? -14 : 14), top - 8);
  }
  pictures(pen) {
    const { owner } = this, [w, h] = this.size, [x0, y1] = this.toPlane(0, 0), [x1, y0] = this.toPlane(w, h);
    const side = 34, taken = new Set();
    let drawn = 0;
    for (const i of this.grid.within(x0, y0, x1, y1)) {
      const picture = owner.geometry.arrays.sprites[i];
      if (picture < 0 || drawn >= MOST_PICTURES) continue;
      const [x, y] = this.toScreen(i), place = `${Math.round(x / side)},${Math.round(y / side)}`;
      if (x < 0 || y < 0 || x > w || y > h || taken.has(place)) continue;
      taken.add(place);
      owner.sprite(pen, picture, x + 5, y - side - 5, side);
      drawn++;
    }
  }
  zoomBy(factor, x = this.size[0] / 2, y = this.size[1] / 2) {
    const before = this.toPlane(x, y);
    this.zoom = Math.min(4000, Math.max(0.5, this.zoom * factor));
    const after = this.toPlane(x, y);
    this.centre = [this.centre[0] + before[0] - after[0], this.centre[1] + before[1] - after[1]];
    this.owner.follow(this);
  }
  pan(dx, dy) {
    this.centre = [this.centre[0] - dx / this.pixels, this.centre[1] + dy / this.pixels];
    this.owner.follow(this);
  }
  under(x, y) {
    return this.grid.nearest(...this.toPlane(x, y), REACH / this.pixels);
  }
  listen() {
    const { over, owner } = this, touches = new Map();
    let from = null, moved = 0, pinch = 0;
    const place = (event) => {
      const box = over.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    over.addEventListener("pointerdown", (event) => {
      over.setPointerCapture(event.pointerId);
      touches.set(event.pointerId, place(event));
      from = place(event);
      moved = 0;
      if (owner.lassoing !== event.shiftKey) this.lasso = [from];
    });
    over.addEventListener("pointermove", (event) => {
      const [x, y] = place(event);
      if (!touches.has(event.pointerId)) {
        if (event.pointerType !== "touch") owner.hover(this, this.under(x, y), x, y);
        return;
      }
      touches.set(event.pointerId, [x, y]);
      if (touches.size === 2) {
        const [[ax, ay], [bx, by]] = touches.values(), apart = Math.hypot(ax - bx, ay - by);
        if (pinch) this.zoomBy(apart / pinch, (ax + bx) / 2, (ay + by) / 2);
        pinch = apart;
        this.lasso = null;
        return;
      }
      moved += Math.hypot(x - from[0], y - from[1]);
      if (this.lasso) {
        this.lasso.push([x, y]);
        this.mark();
      } else this.pan(x - from[0], y - from[1]);
      from = [x, y];
    });
    const end = (event) => {
      if (!touches.delete(event.pointerId)) return;
      pinch = 0;
      const lasso = this.lasso;
      this.lasso = null;
      if (event.type === "pointercancel") return this.mark();
      if (moved < CLICK) owner.pick(this.under(...place(event)));
      else if (lasso?.length > 2) owner.enclose(this, simplified(lasso).map((p) => this.toPlane(...p)));
    };
    over.addEventListener("pointerup", end);
    over.addEventListener("pointercancel", end);
    over.addEventListener("pointerleave", () => owner.hover(this, -1));
    over.addEventListener("dblclick", () => owner.showAll());
    over.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoomBy(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), ...place(event));
    }, { passive: false });
    over.addEventListener("keydown", (event) => this.key(event));
    over.addEventListener("blur", () => owner.hover(this, -1));
  }
  key(event) {
    const { owner } = this, step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (step) this.walk(step);
    else if (event.key === "Enter" || event.key === " ") owner.pick(owner.hovered);
    else if (event.key === "Escape") owner.choose([], null);
    else if (event.key === "+" || event.key === "=") this.zoomBy(1.5);
    else if (event.key === "-") this.zoomBy(1 / 1.5);
    else if (event.key === "0") owner.showAll();
    else return;
    event.preventDefault();
  }
  /** To the nearest point within 45° of the arrow's direction; the first press starts in the middle of the view. */
  walk([ux, uy]) {
    const here = this.owner.hovered, started = here >= 0;
    const x = started ? this.xy[2 * here] : this.centre[0], y = started ? this.xy[2 * here + 1] : this.centre[1];
    const accept = (i, dx, dy) => !started || (i !== here && (dx || dy) && dx * ux + dy * uy >= 0.7 * Math.hypot(dx, dy));
    let found = -1;
    for (let reach = 20 / this.pixels; found < 0 && reach < 4 * this.extent; reach *= 2) found = this.grid.nearest(x, y, reach, accept);
    if (found < 0) return;
    const [sx, sy] = [this.xy[2 * found], this.xy[2 * found + 1]], [w, h] = this.size;
    const [px, py] = this.toScreen(found);
    if (px < 20 || py < 20 || px > w - 20 || py > h - 20) {
      this.centre = [sx, sy];
      this.owner.follow(this);
    }
    this.owner.hover(this, found, ...this.toScreen(found), 0);
  }
  dispose() {
    this.observer.disconnect();
    this.gl?.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

/** The maps together: what is hovered, chosen and coloured is the same in all of them. */
class LinkedMaps {
  /** ``link``: what tells the server of a selection and of a colour. ``before``: the maps these replace; what still holds is kept. */
  constructor(root, geometry, link, before) {
    Object.assign(this, { root, geometry, link, hovered: -1, lines: [], pins: [], any: false, lassoing: false, linked: true });
    this.n = geometry.count;
    this.chosen = new Uint8Array(this.n);
    this.mode = geometry.colours.find(({ key }) => key === before?.mode.key) ?? geometry.colours[0];
    if (before) Object.assign(this, { linked: before.linked, asked: before.asked, wished: before.wished });
    this.groupItems();
    this.theme();
    this.live = element("div", { className: "hidden" });
    this.live.setAttribute("aria-live", "polite");
    this.legend = element("div", { className: "legend" });
    this.panels = geometry.maps.map((_, index) => new Panel(this, index));
    const shapes = element("div", { className: "shapes" }, ...(geometry.shapes ?? []).map((text) => element("span", { textContent: text })));
    this.maps = element("div", { className: "maps" }, ...this.panels.map((panel) => panel.figure));
    root.replaceChildren(element("div", { className: "linked" }, this.controls(), this.legend, this.maps, shapes, this.live));
    this.describe();
    if (geometry.sheet) this.loadSheet(geometry.sheet);
    if (before) this.goOn(before);
    requestAnimationFrame(() => this.drawAll());
  }
  goOn(before) {
    const same = before.geometry.layouts === this.geometry.layouts;
    if (same) this.panels.forEach((panel, place) => Object.assign(panel, { zoom: before.panels[place].zoom, centre: before.panels[place].centre }));
    if (!before.message || before.n !== this.n) return;
    if (same || before.message.items) this.choose([...before.chosen.keys()].filter((i) => before.chosen[i]), before.message, !same);
    else this.choose([], null); // an outline means something on the maps it was drawn on only
  }
  /** What belongs together as chains: the first of each group, and after each item the next. */
  groupItems() {
    const { groups } = this.geometry.arrays, last = new Map();
    this.first = new Map();
    this.next = new Int32Array(this.n).fill(-1);
    for (let i = 0; i < this.n; i++) {
      const before = last.get(groups[i]);
      if (before === undefined) this.first.set(groups[i], i);
      else this.next[before] = i;
      last.set(groups[i], i);
    }
  }
  family(i) {
    const members = [];
    for (let j = this.first.get(this.geometry.arrays.groups[i]); j >= 0; j = this.next[j]) members.push(j);
    return members;
  }
  pictureOf(i) {
    const { sprites } = this.geometry.arrays;
    return Math.max(...this.family(i).map((j) => sprites[j]));
  }
  /** Take up the page's colours; whether they are others than before. */
  theme() {
    const style = getComputedStyle(this.root.host ?? this.root), before = [this.ink, this.accent];
    this.ink = style.getPropertyValue("--st-text-color") || "#222";
    this.paper = style.getPropertyValue("--st-background-color") || "#fff";
    this.accent = style.getPropertyValue("--st-primary-color") || "#0072b2";
    return this.ink !== before[0] || this.accent !== before[1];
  }
  controls() {
    const offered = this.geometry.colours.filter(({ pending }) => !pending || this.link.server);
    const colour = element("select", { onchange: () => { this.colourBy(offered[colour.selectedIndex].key); this.link.colour(this.mode.key); } },
      ...offered.map(({ title }) => element("option", { textContent: title })));
    colour.selectedIndex = offered.indexOf(this.mode);
    this.colourSelect = Object.assign(colour, { offered });
    const tool = (label, title, act, pressed) => {
      const button = element("button", { type: "button", textContent: label, title, onclick: () => act(button) });
      if (pressed !== undefined) button.setAttribute("aria-pressed", pressed);
      return button;
    };
    const lasso = tool("Lasso", "Draw around points to select them (or hold Shift while dragging)", (button) => {
      this.lassoing = !this.lassoing;
      button.setAttribute("aria-pressed", this.lassoing);
      this.panels.forEach((panel) => panel.over.classList.toggle("lasso", this.lassoing));
    }, this.lassoing);
    const together = element("input", { type: "checkbox", checked: this.linked, onchange: () => (this.linked = together.checked) });
    return element("div", { className: "bar" },
      element("label", {}, "Colour by", colour), lasso,
      tool("Show everything", "Zoom out to all points (double-click or 0)", () => this.showAll()),
      tool("Clear selection", "Escape", () => this.choose([], null)),
      tool("PNG", "Download the maps as a picture", () => this.download()),
      ...(this.geometry.maps.length > 1 ? [element("label", {}, together, "Move maps together")] : []));
  }
  /** Colour by this key; where the server has still to make the values, the points wait in grey. */
  colourBy(key) {
    const mode = this.geometry.colours.find((colour) => colour.key === key);
    if (!mode || mode === this.mode) return;
    this.mode = mode;
    this.only = null;
    this.colourSelect.selectedIndex = this.colourSelect.offered.indexOf(mode);
    this.recolour();
  }
  /** What a point's colour stands for on one map, in words. */
  worth(i, index) {
    const { key, per_map, names, pending, title } = this.mode;
    if (pending) return null;
    const value = this.geometry.arrays[per_map ? `${key}${index}` : key][i];
    const told = names ? names[value] : Number.isNaN(value) ? undefined : value.toFixed(2);
    return told === undefined ? null : `${title.split(":")[0]}: ${told}`;
  }
  tints(index) {
    const { arrays } = this.geometry, { key, per_map, names, low, high, pending } = this.mode, result = new Uint8Array(4 * this.n);
    if (pending) return result.fill(150);
    const values = arrays[per_map ? `${key}${index}` : key], whole = new Uint32Array(result.buffer);
    // Every colour there is, once, as the four bytes that the graphics card reads; the last is for points without a value.
    const steps = names ? names.length : 256, shades = Array.from({ length: steps }, (_, k) => (names ? category(k) : ramp(k / (steps - 1))));
    const packed = new Uint32Array(new Uint8Array([...shades.flatMap(([r, g, b], k) => [r, g, b, this.only != null && k !== this.only ? 25 : 255]), 150, 150, 150, this.only != null ? 25 : 120]).buffer);
    for (let i = 0; i < this.n; i++) {
      const value = values[i], missing = names ? value < 0 : Number.isNaN(value);
      whole[i] = packed[missing ? steps : names ? value : Math.round(Math.min(1, Math.max(0, (value - low) / (high - low || 1))) * (steps - 1))];
    }
    return result;
  }
  recolour() {
    this.panels.forEach((panel) => { panel.made = null; panel.upload("colour", this.tints(panel.index)); panel.draw(); });
    this.describe();
  }
  describe() {
    const { names, low, high, counts, unit, pending } = this.mode;
    if (pending) return this.legend.replaceChildren(element("span", { textContent: "Measuring each point…" }));
    if (!names) {
      const bar = element("span", { className: "ramp" });
      bar.style.background = `linear-gradient(90deg, ${RAMP.map((c) => `rgb(${c})`).join(",")})`;
      this.legend.replaceChildren(element("span", { textContent: low.toFixed(2) }), bar, element("span", { textContent: `${high.toFixed(2)} ${unit ?? ""}` }));
      return;
    }
    this.legend.replaceChildren(...names.map((name, value) => {
      const dot = element("i");
      dot.style.background = `rgb(${category(value)})`;
      const button = element("button", { type: "button", title: `Show only ${name}`, onclick: () => {
        this.only = this.only === value ? null : value;
        this.recolour();
      } }, dot, counts ? `${name} ${counts[value].toLocaleString("en")}` : name);
      button.setAttribute("aria-pressed", this.only === value);
      return button;
    }));
  }
  async loadSheet({ type, side, columns }) {
    const blob = new Blob([this.geometry.arrays.sheet], { type });
    this.sheet = { image: await createImageBitmap(blob), side, columns };
    this.panels.forEach((panel) => panel.mark());
  }
  sprite(pen, picture, x, y, side) {
    if (!this.sheet || picture < 0) return;
    const { image, side: cell, columns } = this.sheet;
    pen.drawImage(image, (picture % columns) * cell, Math.floor(picture / columns) * cell, cell, cell, x, y, side, side);
  }
  hover(panel, i, x, y, dwell = DWELL) {
    if (i === this.hovered) return;
    this.hovered = i;
    this.at = panel;
    this.panels.forEach((each) => { each.card.hidden = true; each.mark(); });
    clearTimeout(this.timer);
    if (i >= 0) this.timer = setTimeout(() => this.show(panel, i, x, y), dwell);
  }
  show(panel, i, x, y) {
    const { texts } = this.geometry, picture = this.pictureOf(i), parts = [];
    if (picture >= 0 && this.sheet) {
      const canvas = element("canvas", { width: this.sheet.side, height: this.sheet.side });
      this.sprite(canvas.getContext("2d"), picture, 0, 0, this.sheet.side);
      parts.push(canvas);
    }
    const worth = this.worth(i, panel.index);
    const own = texts?.[i], others = this.family(i).filter((j) => j !== i && texts?.[j]).slice(0, 2);
    parts.push(element("p", { textContent: own || `Item ${i + 1}` }), ...others.map((j) => element("p", { textContent: texts[j] })), ...(worth ? [element("p", { className: "worth", textContent: worth })] : []));
    panel.card.replaceChildren(...parts);
    panel.card.hidden = false;
    const [w, h] = panel.size, { offsetWidth, offsetHeight } = panel.card;
    panel.card.style.left = `${x + 16 + offsetWidth > w ? Math.max(2, x - 16 - offsetWidth) : x + 16}px`;
    panel.card.style.top = `${Math.max(2, Math.min(h - offsetHeight - 2, y - 20))}px`;
    this.live.textContent = [own || `Item ${i + 1}`, ...others.map((j) => texts[j])].join(". ");
  }
  pick(i) {
    if (i < 0) return this.choose([], null);
    const items = this.family(i);
    items.sort((a, b) => (a === i ? -1 : b === i ? 1 : 0));
    this.choose(items, { items });
  }
  /** Select what lies inside an outline. It is rounded first, so that the server and a link select exactly the same. */
  enclose(panel, polygon) {
    const outline = polygon.map(([x, y]) => [+x.toPrecision(6), +y.toPrecision(6)]), inside = [], { xy } = panel;
    const [xs, ys] = [outline.map(([x]) => x), outline.map(([, y]) => y)];
    const x0 = Math.min(...xs), x1 = Math.max(...xs), y0 = Math.min(...ys), y1 = Math.max(...ys);
    for (const i of panel.grid.within(x0, y0, x1, y1)) if (contains(outline, xy[2 * i], xy[2 * i + 1])) inside.push(i);
    this.choose(inside, inside.length ? { map: panel.index, polygon: outline } : null);
  }
  /** Tell the server, and light up these points in every map: a moment later, so that the server works while a slow card draws. */
  choose(items, message, tell = true) {
    this.message = message;
    if (tell) this.link.selection(message);
    this.chosen.fill(0);
    for (const i of items) this.chosen[i] = 255;
    this.any = items.length > 0;
    this.lines = this.pairs(items);
    clearTimeout(this.lighting);
    this.lighting = setTimeout(() => this.panels.forEach((panel) => { panel.upload("chosen", this.chosen); panel.draw(); }), tell ? SENT : 0);
    this.live.textContent = this.any ? `${items.length} points selected` : "Selection cleared";
  }
  pairs(items) {
    const { groups, forms } = this.geometry.arrays, lines = [], centre = new Map();
    for (const i of items) if (!forms[i]) centre.set(groups[i], i);
    for (const i of items) {
      if (lines.length >= MOST_LINES) break;
      if (forms[i] && centre.has(groups[i])) lines.push([centre.get(groups[i]), i]);
    }
    return lines;
  }
  follow(leader) {
    this.moving = this.n > AT_ONCE;
    clearTimeout(this.resting);
    if (this.moving) this.resting = setTimeout(() => { this.moving = false; this.drawAll(); }, REST);
    const base = { centre: leader.centre, zoom: leader.zoom };
    for (const panel of this.panels) {
      if (panel !== leader && this.linked) {
        panel.zoom = base.zoom;
        panel.centre = base.centre.map((c, axis) => {
          const middle = (leader.grid.low[axis] + leader.grid.high[axis]) / 2, mine = (panel.grid.low[axis] + panel.grid.high[axis]) / 2;
          return mine + ((c - middle) * panel.extent) / leader.extent;
        });
      }
      if (panel === leader || this.linked) panel.draw();
    }
  }
  showAll() {
    this.panels.forEach((panel) => { panel.reset(); panel.draw(); });
  }
  drawAll() {
    this.theme();
    this.panels.forEach((panel) => panel.draw());
  }
  download() {
    const ratio = window.devicePixelRatio || 1, gap = 12 * ratio, title = 24 * ratio;
    const [width, height] = [this.panels[0].points.width, this.panels[0].points.height];
    const sheet = element("canvas", { width: this.panels.length * (width + gap) - gap, height: height + title });
    const pen = sheet.getContext("2d"), style = getComputedStyle(this.root.host ?? this.root);
    pen.fillStyle = style.getPropertyValue("--st-background-color") || "#fff";
    pen.fillRect(0, 0, sheet.width, sheet.height);
    pen.fillStyle = this.ink;
    pen.font = `${14 * ratio}px sans-serif`;
    this.panels.forEach((panel, place) => {
      panel.draw(); // in this same task, so that the picture is still in the drawing buffer
      pen.fillText(this.geometry.maps[panel.index].title, place * (width + gap), 16 * ratio);
      pen.drawImage(panel.points, place * (width + gap), title);
      pen.drawImage(panel.over, place * (width + gap), title);
    });
    element("a", { href: sheet.toDataURL("image/png"), download: "twoview-maps.png" }).click();
  }
  dispose() {
    clearTimeout(this.timer);
    clearTimeout(this.resting);
    clearTimeout(this.lighting);
    this.panels.forEach((panel) => panel.dispose());
  }
}

function category(value) {
  const [r, g, b] = CATEGORIES[value % CATEGORIES.length], round = Math.floor(value / CATEGORIES.length);
  if (!round) return [r, g, b];
  const t = [0, 0.45, 0.35, 0.6, 0.25][round % 5], towards = round % 2 ? 255 : 0; // later rounds lighter, then darker
  return [r, g, b].map((c) => Math.round(c + t * (towards - c)));
}
function ramp(t) {
  const at = Math.min(0.9999, Math.max(0, t)) * (RAMP.length - 1), k = Math.floor(at);
  return RAMP[k].map((c, a) => Math.round(c + (at - k) * (RAMP[k + 1][a] - c)));
}
/** The outline with fewer corners: those within ``slack`` pixels of a straight line fall away (Douglas & Peucker 1973). */
function simplified(outline, slack = 1) {
  let kept = reduced(outline, slack);
  while (kept.length > MOST_CORNERS) kept = reduced(outline, (slack *= 2));
  return kept;
}
function reduced(points, slack) {
  if (points.length < 4) return points;
  const [ax, ay] = points[0], [bx, by] = points.at(-1), length = (bx - ax) ** 2 + (by - ay) ** 2 || 1;
  let far = -1, at = 0;
  for (let i = 1; i < points.length - 1; i++) {
    const [x, y] = points[i], along = Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length));
    const d = Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay));
    if (d > far) [far, at] = [d, i];
  }
  return far <= slack ? [points[0], points.at(-1)] : [...reduced(points.slice(0, at + 1), slack).slice(0, -1), ...reduced(points.slice(at), slack)];
}
function contains(polygon, x, y) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i], [xj, yj] = polygon[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

const mounted = new WeakMap();

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const show = () => {
    const geometry = window.twoviewGeometries?.get(data.geometry);
    if (!geometry) return false;
    let maps = mounted.get(parentElement);
    if (maps?.geometry !== geometry) {
      const before = maps;
      before?.dispose();
      const host = parentElement.querySelector(".host") ?? parentElement.appendChild(element("div", { className: "host" }));
      host.style.setProperty("--panel-height", data.height);
      const link = { server: !data.alone, selection: (message) => link.set("selection", message), colour: (key) => link.set("colour", key), set: setStateValue };
      maps = new LinkedMaps(host, geometry, link, before);
      mounted.set(parentElement, maps);
    }
    maps.link.set = setStateValue;
    if (data.colour != null && maps.asked !== data.colour) { // what a link asks for, once
      maps.asked = data.colour;
      maps.colourBy(data.colour);
    }
    if (data.wish != null && maps.wished !== data.wish.name) { // what the page wants selected, once
      maps.wished = data.wish.name;
      if (data.wish.name !== "link") parentElement.host?.scrollIntoView({ block: "nearest", behavior: "smooth" });
      if (data.wish.polygon) maps.enclose(maps.panels[data.wish.map], data.wish.polygon);
      else maps.choose(data.wish.items, { items: data.wish.items });
    }
    const pins = data.pins ?? [], moved = JSON.stringify(pins) !== JSON.stringify(maps.pins);
    maps.pins = pins;
    if (maps.theme() || moved) maps.drawAll();
    return true;
  };
  if (show()) return;
  const late = (event) => event.detail === data.geometry && show() && window.removeEventListener("twoview-geometry", late);
  window.addEventListener("twoview-geometry", late);
  return () => window.removeEventListener("twoview-geometry", late);
}
