// Draws a scene on a canvas: the counterpart of draw/static.py. It knows no gestures.

import { inkOf, mapColors } from "./colors.js";
import { AROUND, DARK, LINED, LINKS, LOOK, ROOMY, SMALLEST } from "./data.js";
import { formatNumber } from "./numbers.js";
import { spanCells, spanLines } from "./scene.js";

// Whether places follow on each other: a window may go around the border.
const inOne = (line) => Math.max(...line) - Math.min(...line) < line.length;

const KEPT = 4e6; // pixels of pictures in colours

export class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    this.images = new Map();
    this.kept = 0; // pixels in them
  }

  // Set the canvas to the room that it has, and draw all but what is under the hand.
  begin(scene, theme, room) {
    if (theme !== this.theme) this.forget();
    // Before the canvas is part of the page it has no font.
    this.family ||= getComputedStyle(this.canvas).fontFamily;
    Object.assign(this, { scene, theme });
    const { canvas } = this;
    const [width, height] = [scene.size[0] + 8, scene.size[1] + 4];
    const ratio = window.devicePixelRatio || 1;
    const scale = Math.min(1, (room || width) / width);
    const pixels = [Math.round(width * scale * ratio), Math.round(height * scale * ratio)];
    if (canvas.width !== pixels[0] || canvas.height !== pixels[1])
      [canvas.width, canvas.height] = pixels;
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, ...pixels);
    context.setTransform(scale * ratio, 0, 0, scale * ratio, 4 * scale * ratio, 2 * scale * ratio);
    context.imageSmoothingEnabled = false;
    context.textBaseline = "middle";
    this.font = null;
    this.context = context;
  }

  ink(name) {
    return inkOf(name, this.theme);
  }

  drawScene(cell) {
    const { scene } = this;
    for (const panel of scene.panels) this.drawPanel(panel, cell);
    for (const [x, y, text, size] of scene.signs) this.write(text, x, y, size, "quiet");
    for (const { panel, row, column, rows, columns, role } of scene.marks)
      this.outline(scene.byName.get(panel), row, column, rows, columns, role, 2);
  }

  write(text, x, y, size, ink, align = "center", weight = 400) {
    const { context } = this;
    const font = `${weight} ${size}px ${this.family}`;
    if (font !== this.font) context.font = this.font = font; // to set it anew takes time
    context.fillStyle = ink.startsWith("#") ? ink : this.ink(ink);
    context.textAlign = align;
    context.fillText(text, x, y);
  }

  drawPanel(panel, cell) {
    const { context } = this;
    const { x, y, width, height } = panel;
    context.globalAlpha = panel.faded ? 0.5 : 1;
    if (!panel.over) {
      this.write(panel.title, x, y - 12, 13, panel.role, "left", 600);
      this.write(panel.caption, x, y + height + 11, 12, "quiet", "left");
    }
    if (panel.shapes) for (const shape of panel.shapes) this.drawShape(shape, context.globalAlpha);
    else {
      const values = panel.lens ? this.scene.lensValues(panel, cell) : this.scene.shown(panel, cell);
      const shown = { ...panel, values };
      if (panel.colors !== "none") {
        const moves = panel.lens || Object.keys(panel.profiles ?? {}).length;
        context.drawImage(this.image(shown, moves ? null : panel.digest), x, y, width, height);
      }
      if (panel.kind === "grid") this.drawNumbers(shown);
      context.strokeStyle = this.ink(panel.role);
      context.lineWidth = 1.5;
      context.strokeRect(x, y, width, height);
    }
    context.globalAlpha = 1;
  }

  forget() {
    this.images.clear();
    this.kept = 0;
  }

  // Numbers in colours, kept by the digest of the numbers.
  image(shown, digest) {
    const { rows, columns, depth } = shown;
    const name = digest && `${digest} ${rows} ${columns} ${depth} ${shown.colors} ${shown.limits}`;
    if (name && this.images.has(name)) return this.images.get(name);
    const picture = document.createElement("canvas");
    [picture.width, picture.height] = [columns, rows];
    const pixels = mapColors(shown, this.theme);
    picture.getContext("2d").putImageData(new ImageData(pixels, columns), 0, 0);
    if (!name) return picture;
    this.kept += rows * columns;
    if (this.kept > KEPT) {
      this.forget();
      this.kept = rows * columns;
    }
    this.images.set(name, picture);
    return picture;
  }

  drawNumbers(panel) {
    const { context } = this;
    const { x, y, cell, rows, columns, letters } = panel;
    if (cell >= LINED) {
      context.strokeStyle = this.ink("line");
      context.lineWidth = 1;
      context.beginPath();
      for (let row = 1; row < rows; row++) {
        context.moveTo(x, Math.round(y + row * cell) + 0.5);
        context.lineTo(x + panel.width, Math.round(y + row * cell) + 0.5);
      }
      for (let column = 1; column < columns; column++) {
        context.moveTo(Math.round(x + column * cell) + 0.5, y);
        context.lineTo(Math.round(x + column * cell) + 0.5, y + panel.height);
      }
      context.stroke();
    }
    panel.heads.forEach((head, column) =>
      this.write(head, x + (column + 0.5) * cell, y + panel.height + 11, 10.5, "quiet"),
    );
    if (!letters) return;
    const filled = panel.colors === "none" ? null : mapColors(panel, this.theme);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const at = row * columns + column;
        let ink = "text";
        if (filled) {
          const [red, green, blue] = filled.subarray(4 * at, 4 * at + 3);
          ink = 0.299 * red + 0.587 * green + 0.114 * blue < DARK ? "#ffffff" : LOOK.light.text;
        }
        const text = formatNumber(panel.values[at], panel.digits);
        this.write(text, x + (column + 0.5) * cell, y + (row + 0.5) * cell + 1, letters, ink);
      }
  }

  // The shapes of scene/shapes.py.
  drawShape(shape, alpha) {
    const { context } = this;
    if (shape.shape === "text") {
      this.write(shape.text, shape.x, shape.y, shape.size, shape.ink, shape.align, shape.weight);
      return;
    }
    if (shape.shape === "image") {
      const { x, y, width, height } = shape;
      context.drawImage(this.image(shape, shape.digest), x, y, width, height);
      return;
    }
    context.beginPath();
    if (shape.shape === "rectangle")
      context.roundRect(shape.x, shape.y, shape.width, shape.height, shape.radius);
    else shape.points.forEach((point) => context.lineTo(...point));
    if (shape.shape === "polygon") context.closePath();
    context.fillStyle = context.strokeStyle = this.ink(shape.ink);
    if (shape.fill) {
      context.globalAlpha = alpha * shape.fill;
      context.fill();
      context.globalAlpha = alpha;
    }
    if (shape.line) {
      context.lineWidth = shape.line;
      context.stroke();
    }
  }

  // Left, top, width and height of a block of cells.
  extent(panel, row, column, rows = 1, columns = 1) {
    if (!panel.cells) {
      const { x, y, cell } = panel;
      return [x + column * cell, y + row * cell, columns * cell, rows * cell];
    }
    const [left, top] = panel.cells[row * panel.columns + column];
    const [x, y, width, height] =
      panel.cells[(row + rows - 1) * panel.columns + column + columns - 1];
    if (panel.arrows) {
      // Nodes of one stack may be narrower than others.
      const block = panel.cells.slice(column, column + columns);
      const [from, to] = [
        Math.min(...block.map(([start]) => start)),
        Math.max(...block.map(([start, , across]) => start + across)),
      ];
      return [from, top, to - from, y + height - top];
    }
    return [left, top, x + width - left, y + height - top];
  }

  outline(panel, row, column, rows, columns, role, line, oneOfMany = false) {
    const { context } = this;
    let [x, y, across, down] = this.extent(panel, row, column, rows, columns);
    context.strokeStyle = this.ink(role);
    context.lineWidth = line;
    if (!panel.cells) {
      if (role === "padding" || role === "unvisited") {
        this.shade(x, y, across, down, role);
        context.setLineDash([3, 3]);
      }
      // Around a few tiny pixels there must be room to see them.
      const grow = oneOfMany ? 0 : Math.max(0, SMALLEST - Math.max(across, down)) / 2;
      [x, y, across, down] = [x - grow, y - grow, across + 2 * grow, down + 2 * grow];
    }
    context.beginPath();
    const around = panel.arrows ? AROUND : 0;
    const side = [across + 2 * around, down + 2 * around];
    context.roundRect(x - around, y - around, ...side, 2 * around);
    context.stroke();
    context.setLineDash([]);
  }

  // Padding is tinted, what no window visits is hatched: not told by colour alone.
  shade(x, y, width, height, role) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    context.fillStyle = this.ink(role);
    context.globalAlpha = 0.14;
    context.fill();
    if (role === "unvisited") {
      context.globalAlpha = 0.7;
      context.lineWidth = 1;
      context.setLineDash([]);
      context.beginPath();
      for (let at = -height; at < width; at += 7) {
        context.moveTo(x + at, y + height);
        context.lineTo(x + at + height, y);
      }
      context.stroke();
    }
    context.restore();
  }

  // Outline the cell, and what it depends on or what uses it; returns its line in pieces.
  explain(cell) {
    const { scene } = this;
    const panel = scene.byName.get(cell.panel);
    this.outline(panel, cell.row, cell.column, 1, 1, "window", 3);
    const link = scene.linkOf(cell);
    let tokens = scene.tokens(cell);
    if (link)
      for (const span of [...link.spans, ...link.also])
        this.outlineSpan(span, cell, LINKS[link.how].gives);
    else if (panel.arrows) this.lightUp(panel, cell);
    else if (!panel.paintable) {
      const users = scene.users(cell);
      const all = scene.panels.filter(({ name }) => scene.linkOf({ panel: name }));
      for (const target of all) {
        const used = users.filter((user) => user.panel === target.name);
        if (!used.length) continue;
        const count = target.rows * target.columns;
        if (used.length < count && used.length <= 200)
          for (const user of used) this.outline(target, user.row, user.column, 1, 1, "window", 2);
        const counted = `; used in ${used.length} of ${count} cells of `;
        tokens = [...tokens, [counted, ""], [target.title, target.role]];
      }
    }
    if (link && LINKS[link.how].pairs) this.writeWeights(link, cell);
    for (const { panel: name, row, column } of scene.winners(cell))
      this.outline(scene.byName.get(name), row, column, 1, 1, "output", 4);
    return tokens;
  }

  outlineSpan(span, cell, gives) {
    const panel = this.scene.byName.get(span.panel);
    const [rows, columns] = span.places ? [] : spanLines(span, cell.row, cell.column, panel);
    const places = span.places?.[cell.row][cell.column];
    const count = places ? places.length : rows.length * columns.length;
    if (!count || (count === panel.rows * panel.columns && gives !== "sight")) return;
    const one = (row, column) => this.outline(panel, row, column, 1, 1, "window", 2, true);
    if (places) for (const place of places) one(...place);
    else if (span.spread.every((part) => Math.abs(part) === 1) && [rows, columns].every(inOne)) {
      const corner = [rows, columns].map((line) => Math.min(...line));
      this.outline(panel, ...corner, rows.length, columns.length, "window", 3);
    } else for (const row of rows) for (const column of columns) one(row, column);
  }

  // What feeds a node and what it feeds, and the edges between.
  lightUp(panel, cell) {
    const node = panel.heads[cell.column];
    const stacked = (head) => panel.heads.filter((other) => other === head).length;
    for (const [start, end, place] of panel.arrows)
      if (start === node || end === node) {
        for (const shape of panel.shapes.slice(place, place + 2))
          // A tint says more than that the edge is lit.
          this.drawShape({ ...shape, ink: panel.tinted ? shape.ink : "window", line: shape.line && 3 }, 1);
        const other = start === node ? end : start;
        this.outline(panel, 0, other, 1, stacked(other), "window", 2);
      }
  }

  // Each number of the window carries its weight in the lower corner.
  writeWeights(link, cell) {
    const { scene } = this;
    for (let pair = 0; pair < link.spans.length; pair += 2) {
      const panel = scene.byName.get(link.spans[pair].panel);
      const roomy = panel.kind === "series" || (panel.kind === "grid" && panel.cell >= ROOMY);
      if (!roomy || panel.colors !== "none") continue;
      const weights = spanCells(link.spans[pair + 1], cell.row, cell.column);
      for (const found of spanCells(link.spans[pair], cell.row, cell.column)) {
        const { text, role } = scene.number(weights.next().value);
        if (!scene.inside(found)) continue;
        const [x, y, width, height] = this.extent(panel, found.row, found.column);
        if (panel.kind === "series")
          this.write("×" + text, x + width / 2, panel.y + 11, 11, role, "center", 600);
        else this.write("×" + text, x + width - 4, y + height - 8, 10.5, role, "right", 600);
      }
    }
  }

  // Where the drawing pen was and no scene shows it yet: [row, column], null lifts it.
  drawTrail(panel, trail) {
    const { context } = this;
    context.strokeStyle = this.ink("window");
    context.lineWidth = 3;
    context.lineCap = "round";
    context.beginPath();
    let down = false;
    for (const at of trail) {
      if (at) {
        const [x, y] = [panel.x + (at[1] + 0.5) * panel.cell, panel.y + (at[0] + 0.5) * panel.cell];
        if (!down) context.moveTo(x, y);
        context.lineTo(x, y);
      }
      down = Boolean(at);
    }
    context.stroke();
    context.lineCap = "butt";
  }

  // A box where the hand has it, before a scene shows it there.
  drawGhost(panel, [x1, y1, x2, y2], role) {
    const { context } = this;
    context.strokeStyle = this.ink(role);
    context.lineWidth = 3;
    const { x, y, cell } = panel;
    context.strokeRect(x + x1 * cell, y + y1 * cell, (x2 - x1) * cell, (y2 - y1) * cell);
  }
}
