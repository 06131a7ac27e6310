// Very many points: from far a density, with the names of what lies where; from near the points themselves.
const CELLS = 320, BLOCK = 8, DENSE = 100_000; // cells of a map's side; of them in the blocks that are named; points from which a map is told so
const NEAR = 6, SHARE = 0.4, MOST_NAMES = 40; // CSS pixels of a cell from which points are drawn; of a block's points, so that it has a name

class Density {
  /** ``xy`` (2n) in a square from ``low`` on, ``span`` wide; ``tints`` (4n) bytes; ``kinds`` (n), each one's number among ``names``, where they are named. */
  constructor(xy, low, span, tints, kinds, names) {
    Object.assign(this, { low, span });
    const n = xy.length / 2, scale = (CELLS * 0.999999) / span, weights = new Float32Array(CELLS * CELLS), sums = new Float32Array(3 * CELLS * CELLS);
    const blocks = Math.ceil(CELLS / BLOCK), counts = names && new Int32Array(blocks * blocks * names.length), totals = new Int32Array(blocks * blocks);
    for (let i = 0; i < n; i++) {
      const column = Math.floor((xy[2 * i] - low[0]) * scale), row = Math.floor((xy[2 * i + 1] - low[1]) * scale), weight = tints[4 * i + 3] / 255;
      const cell = (CELLS - 1 - row) * CELLS + column; // pictures begin at the top
      weights[cell] += weight;
      for (let c = 0; c < 3; c++) sums[3 * cell + c] += weight * tints[4 * i + c];
      if (!names) continue;
      const block = Math.floor(row / BLOCK) * blocks + Math.floor(column / BLOCK);
      totals[block]++;
      if (kinds[i] >= 0) counts[block * names.length + kinds[i]]++;
    }
    this.picture = this.paint(weights, sums);
    this.names = names ? this.named(counts, totals, blocks, names) : [];
  }
  /** Each cell in the mean colour of its points, the stronger the more there are. */
  paint(weights, sums) {
    const picture = Object.assign(document.createElement("canvas"), { width: CELLS, height: CELLS }), pen = picture.getContext("2d");
    const image = pen.createImageData(CELLS, CELLS), most = weights.reduce((a, b) => Math.max(a, b), 0);
    for (let cell = 0; cell < weights.length; cell++) {
      if (!weights[cell]) continue;
      for (let c = 0; c < 3; c++) image.data[4 * cell + c] = sums[3 * cell + c] / weights[cell];
      image.data[4 * cell + 3] = 255 * (0.12 + (0.88 * Math.log1p(weights[cell])) / Math.log1p(most));
    }
    pen.putImageData(image, 0, 0);
    return picture;
  }
  /** Where each kind is most at home: the block with most of it, if it makes up enough of that block; the largest first. */
  named(counts, totals, blocks, names) {
    const side = (this.span / CELLS) * BLOCK;
    return names.map((name, kind) => {
      let best = 0;
      for (let block = 0; block < totals.length; block++) if (counts[block * names.length + kind] > counts[best * names.length + kind]) best = block;
      const count = counts[best * names.length + kind];
      return { name, count, pure: count >= SHARE * totals[best], x: this.low[0] + ((best % blocks) + 0.5) * side, y: this.low[1] + (Math.floor(best / blocks) + 0.5) * side };
    }).filter(({ count, pure }) => count && pure).sort((a, b) => b.count - a.count);
  }
  /** On a panel's upper canvas; names that would lie over others are left out. */
  draw(pen, panel) {
    const [left, top] = panel.fromPlane(this.low[0], this.low[1] + this.span), side = this.span * panel.pixels, { ink, paper } = panel.owner;
    pen.drawImage(this.picture, left, top, side, side);
    const taken = [];
    pen.font = "600 12px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.lineWidth = 4;
    [pen.strokeStyle, pen.fillStyle] = [paper, ink];
    for (const { name, x, y } of this.names) {
      const [at, up] = panel.fromPlane(x, y), half = pen.measureText(name).width / 2 + 6;
      if (at < half || at > panel.size[0] - half || up < 14 || up > panel.size[1] - 6) continue;
      if (taken.some(([a, u, h]) => Math.abs(a - at) < h + half && Math.abs(u - up) < 18)) continue;
      if (taken.push([at, up, half]) > MOST_NAMES) break;
      pen.strokeText(name, at, up + 4);
      pen.fillText(name, at, up + 4);
    }
  }
}

