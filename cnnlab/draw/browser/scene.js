// Numbers, links and words of one scene: the counterpart of scene/scene.py and scene/words.py.

import { LINKS, MOST_TERMS } from "./data.js";
import { formatNumber, isExact } from "./numbers.js";

const TYPES = { float64: Float64Array, float32: Float32Array };

export class Scene {
  constructor(header, arrays) {
    Object.assign(this, header);
    this.byName = new Map();
    for (const panel of this.panels) {
      panel.depth = panel.shape.length === 3 ? panel.shape[2] : 1;
      panel.values ??= numbers(arrays[panel.digest], panel.dtype);
      for (const shape of panel.shapes ?? [])
        if (shape.digest) shape.values ??= numbers(arrays[shape.digest], "float32");
      this.byName.set(panel.name, panel);
    }
  }

  inside({ panel, row, column }) {
    const { rows, columns } = this.byName.get(panel);
    return row >= 0 && row < rows && column >= 0 && column < columns;
  }

  value(cell) {
    if (!this.inside(cell)) return 0;
    const panel = this.byName.get(cell.panel);
    const at = (cell.row * panel.columns + cell.column) * panel.depth;
    if (panel.depth > 1) return Array.from(panel.values.subarray(at, at + panel.depth));
    return panel.values[at];
  }

  linkOf(cell) {
    return this.links.find((link) => link.source === cell.panel);
  }

  // What feeds a node of a graph, or is fed by it.
  neighbours({ panel, column }, from, to) {
    const { arrows = [], heads } = this.byName.get(panel);
    return arrows
      .filter((arrow) => arrow[to] === heads[column])
      .map((arrow) => ({ panel, row: 0, column: arrow[from] }));
  }

  sources(cell) {
    const link = this.linkOf(cell);
    if (!link) return this.neighbours(cell, 0, 1);
    return link.spans.flatMap((span) => [...spanCells(span, cell.row, cell.column)]);
  }

  // The sources that are the number itself, for a link that picks one of them.
  winners(cell) {
    const link = this.linkOf(cell);
    const pick = link && PICKS[LINKS[link.how].gives];
    if (!pick) return [];
    const found = this.sources(cell);
    const picked = pick(found.map((source) => this.value(source)));
    return found.filter((source) => this.value(source) === picked);
  }

  // The cells that depend on a cell.
  users(cell) {
    const found = new Map();
    const add = (user) => found.set(`${user.panel} ${user.row} ${user.column}`, user);
    if (!this.linkOf(cell)) this.neighbours(cell, 1, 0).forEach(add);
    for (const link of this.links) {
      const { rows, columns } = this.byName.get(link.source);
      for (const span of link.spans) {
        if (span.panel !== cell.panel) continue;
        if (span.places) {
          for (let row = 0; row < rows; row++)
            for (let column = 0; column < columns; column++)
              if (span.places[row][column].some(([i, j]) => i === cell.row && j === cell.column))
                add({ panel: link.source, row, column });
          continue;
        }
        const across = steps(span, 1, cell.column, columns);
        for (const row of steps(span, 0, cell.row, rows))
          for (const column of across) add({ panel: link.source, row, column });
      }
    }
    return [...found.values()];
  }

  // The line of arithmetic as [text, role] pieces.
  tokens(cell) {
    const panel = this.byName.get(cell.panel);
    if (panel.lines) {
      const place = Math.max(cell.row, cell.column);
      return [[panel.lines[place], panel.roles[place]]];
    }
    let at = `[${cell.row}, ${cell.column}]`;
    // One number has no place.
    if (panel.kind === "grid" && panel.rows * panel.columns === 1) at = "";
    if (panel.kind === "series") at = `[${panel.first + cell.column}]`;
    if (panel.heads?.length) at = ` ${cell.row + 1}, ${panel.heads[cell.column]}`;
    const head = [[`${panel.title || panel.name}${at}`, panel.role]];
    const own = this.value(cell);
    if (Array.isArray(own)) {
      const parts = own.map((part) => formatNumber(part, panel.digits)).join(", ");
      return [...head, [` = (${parts})`, ""]];
    }
    const name = panel.names?.length && panel.names[own - panel.limits[0]];
    const shown = name || formatNumber(own, panel.digits);
    const link = this.linkOf(cell);
    const gives = link ? LINKS[link.how].gives : "same";
    if (gives === "same") return [...head, [" = ", ""], [shown, panel.role]];
    if (gives === "sight")
      return [...head, [" = ", ""], [shown, panel.role], ...this.seen(link, cell)];
    const terms = factors(link, cell).map((term) => term.map((part) => this.number(part)));
    if (!terms.length)
      return [...head, [" = ", ""], [shown, panel.role], [": nothing is added here", ""]];
    const products = terms.map((term) => term.reduce((product, { value }) => product * value, 1));
    let total = (PICKS[gives] ?? sumOf)(products);
    if (gives === "mean") total /= terms.length;
    const exact =
      isExact(own, panel.digits) && terms.every((term) => term.every((part) => part.exact));
    const line = [...head, [" = ", ""], ...written(link.how, terms)];
    if (Math.abs(total - own) <= 1e-4 * Math.max(1, Math.abs(total)))
      return [...line, [exact ? " = " : " ≈ ", ""], [shown, panel.role]];
    const sign = exact && isExact(total, panel.digits) ? " = " : " ≈ ";
    return [
      ...line,
      [sign, ""],
      [formatNumber(total, panel.digits), panel.role],
      [`, but ${link.computed || "the cell"} gives `, ""],
      [shown, "window"],
    ];
  }

  // How many cells of each panel a cell sees; those beyond the border are not there.
  seen(link, cell) {
    const line = [[" sees ", ""]];
    link.spans.forEach((span, place) => {
      const panel = this.byName.get(span.panel);
      let text;
      const listed = span.places?.[cell.row][cell.column].length;
      if (span.places) text = `${listed} cell${listed === 1 ? "" : "s"}`;
      else {
        const [rows, columns] = spanLines(span, cell.row, cell.column, panel);
        const inside = rows.length * columns.length;
        text = span.count.join("×");
        const apart = [...new Set(span.spread.map(Math.abs))].sort((one, other) => one - other);
        if (apart.length > 1 || apart[0] > 1) text += `, ${apart.join(" and ")} apart`;
        if (inside < span.count[0] * span.count[1]) text += ` (${inside} inside)`;
      }
      if (place) line.push([", ", ""]);
      line.push([`${text} of `, ""], [panel.title || panel.name, panel.role]);
    });
    return line;
  }

  // The numbers that a picture with profiles shows while the hand is on a cell.
  shown(panel, cell) {
    const at = cell && panel.profiles?.[cell.panel] ? cell : this.focus;
    const profile = panel.profiles?.[at?.panel];
    if (!profile) return panel.values;
    const [down, right] = [profile[0][at.row], profile[1][at.column]];
    return down.flatMap((a) => right.map((b) => a * b));
  }

  // What a panel with a lens shows: the cells that the cell under the hand depends on.
  lensValues(panel, cell) {
    const [source, target] = panel.lens;
    const from = cell?.panel === source ? cell : this.focus;
    const link = this.linkOf({ panel: source });
    const span = link?.spans.find((part) => part.panel === target);
    if (!span || from?.panel !== source) return panel.values;
    return Array.from(spanCells(span, from.row, from.column), (found) => this.value(found));
  }

  arithmetic(cell) {
    return this.tokens(cell)
      .map(([text]) => text)
      .join("");
  }

  number(cell) {
    const { digits, role } = this.byName.get(cell.panel);
    const value = this.value(cell);
    return { value, role, text: formatNumber(value, digits), exact: isExact(value, digits) };
  }
}

const sumOf = (values) => values.reduce((sum, value) => sum + value, 0);
// Many numbers are too many arguments for Math.max.
const PICKS = {
  max: (values) => values.reduce((best, value) => Math.max(best, value), -Infinity),
  min: (values) => values.reduce((best, value) => Math.min(best, value), Infinity),
  median: (values) => {
    const sorted = [...values].sort((one, other) => one - other);
    const middle = Math.floor(sorted.length / 2);
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  },
};

const repeated = (span, axis, index) => (span.repeat[axis] ? index % span.repeat[axis] : index);

// A place beyond the border, where the window goes around to the opposite side.
const wrapped = (span, axis, place) => {
  const size = span.around[axis];
  return size ? ((place % size) + size) % size : place;
};

export function* spanCells(span, row, column) {
  if (span.places) {
    for (const [i, j] of span.places[row][column]) yield { panel: span.panel, row: i, column: j };
    return;
  }
  const from = [row, column].map(
    (at, axis) => span.start[axis] + span.step[axis] * repeated(span, axis, at),
  );
  for (let m = 0; m < span.count[0]; m++)
    for (let n = 0; n < span.count[1]; n++)
      yield {
        panel: span.panel,
        row: wrapped(span, 0, from[0] + span.spread[0] * m),
        column: wrapped(span, 1, from[1] + span.spread[1] * n),
      };
}

// The rows and the columns of a window that lie inside a panel; it may be far larger.
export function spanLines(span, row, column, { rows, columns }) {
  return [row, column].map((at, axis) => {
    const first = span.start[axis] + span.step[axis] * repeated(span, axis, at);
    const spread = span.spread[axis];
    if (span.around[axis])
      return Array.from({ length: span.count[axis] }, (_, place) =>
        wrapped(span, axis, first + spread * place),
      );
    const last = [rows, columns][axis] - 1;
    const [low, high] = spread > 0 ? [0, last] : [last, 0];
    const begin = Math.max(0, Math.ceil((low - first) / spread));
    const end = Math.min(span.count[axis] - 1, Math.floor((high - first) / spread));
    const length = Math.max(end - begin + 1, 0);
    return Array.from({ length }, (_, place) => first + spread * (begin + place));
  });
}

// Indices below `size` along one axis whose span reaches `position`.
function steps(span, axis, position, size) {
  const reached = [];
  for (let index = 0; index < size; index++) {
    const offset = position - span.start[axis] - span.step[axis] * repeated(span, axis, index);
    if (span.around[axis]) {
      for (let entry = 0; entry < span.count[axis]; entry++)
        if (!wrapped(span, axis, offset - span.spread[axis] * entry)) {
          reached.push(index);
          break;
        }
      continue;
    }
    const entry = offset / span.spread[axis];
    if (Number.isInteger(entry) && entry >= 0 && entry < span.count[axis]) reached.push(index);
  }
  return reached;
}

function numbers(content, dtype) {
  // A copy: a typed array needs its own alignment, a message's buffer has another.
  const { buffer, byteOffset, byteLength } = content;
  return new TYPES[dtype](buffer.slice(byteOffset, byteOffset + byteLength));
}

// The cells whose numbers are multiplied, one list for each term of the sum.
function factors(link, cell) {
  const each = link.spans.map((span) => [...spanCells(span, cell.row, cell.column)]);
  if (!LINKS[link.how].pairs) return each.flat().map((found) => [found]);
  return each.flatMap((cells, at) =>
    at % 2 ? [] : cells.map((found, index) => [found, each[at + 1][index]]),
  );
}

// The terms as they are written; the many zeros of a large sum in a word.
function written(how, terms) {
  const { gives, before, between, after } = LINKS[how];
  let shown = terms;
  if (terms.length > MOST_TERMS && !PICKS[gives])
    shown = terms.filter((term) => term.every(({ value }) => value !== 0));
  const zeros = terms.length - shown.length;
  const more = Math.max(shown.length - MOST_TERMS, 0);
  const bracketed = (text) => (text.startsWith("−") && !PICKS[gives] ? `(${text})` : text);
  const line = [];
  for (const term of shown.slice(0, MOST_TERMS)) {
    if (line.length) line.push([between, ""]);
    term.forEach(({ text, role }, place) => {
      if (place) line.push(["×", ""]);
      line.push([bracketed(text), role]);
    });
  }
  if (more) line.push([`${between}… (${more} more)`, ""]);
  if (zeros) {
    const told = zeros === 1 ? "term that is" : "terms that are";
    line.push([`${line.length ? between : ""}${zeros} ${told} 0`, ""]);
  }
  if (before) line.unshift([before, ""]);
  if (after) line.push([after.replace("{count}", terms.length), ""]);
  return line;
}
