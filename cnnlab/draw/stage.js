// The stage: paints scenes from a store, explains the cell under the hand, and
// reports the gestures. What a scene is stands in scene.py; the numbers' spelling
// and the line of arithmetic are the same here and there, which a test compares.

const MOST_TERMS = 12;
const HUGE = 1e15;
const TYPES = { float64: Float64Array, float32: Float32Array };
const NARROW = 44; // pixels for a block, below which its words have no room
const SMALLEST = 14; // pixels across an outline
const MOST_FLYING = 3; // messages of the pen on their way
const SLOW = 250; // milliseconds before the stage says that it waits

export function formatNumber(value, digits) {
  if (Math.abs(value) >= HUGE)
    return value.toExponential(2).replace(".00e", "e").replace("-", "−");
  let text = Math.abs(value).toFixed(digits);
  if (text.includes(".")) text = text.replace(/\.?0+$/, "");
  return value < 0 && text !== "0" ? "−" + text : text;
}

function isExact(value, digits) {
  const written = Number(formatNumber(value, digits).replace("−", "-"));
  return Math.abs(written - value) <= 1e-12 * Math.max(1, Math.abs(value));
}

const bracketed = (text) => (text.startsWith("−") ? `(${text})` : text);

const repeated = (span, axis, index) => (span.repeat[axis] ? index % span.repeat[axis] : index);

function* spanCells(span, row, column) {
  if (span.places) {
    for (const [i, j] of span.places[row][column]) yield { panel: span.panel, row: i, column: j };
    return;
  }
  row = repeated(span, 0, row);
  column = repeated(span, 1, column);
  for (let m = 0; m < span.count[0]; m++)
    for (let n = 0; n < span.count[1]; n++)
      yield {
        panel: span.panel,
        row: span.start[0] + span.step[0] * row + span.spread[0] * m,
        column: span.start[1] + span.step[1] * column + span.spread[1] * n,
      };
}

// Numbers and names of one scene. The counterpart of scene.Scene.
export class Scene {
  constructor(header, arrays) {
    Object.assign(this, header);
    this.byName = new Map();
    for (const panel of this.panels) {
      const lying = panel.kind === "series" || panel.kind === "blocks";
      panel.rows = lying ? 1 : panel.shape[0];
      panel.columns = lying ? panel.shape[0] : (panel.shape[1] ?? 1);
      panel.depth = panel.shape.length === 3 ? panel.shape[2] : 1;
      panel.values ??= numbers(arrays[panel.digest], panel.dtype);
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

  sources(cell) {
    const link = this.linkOf(cell);
    return link ? link.spans.flatMap((span) => [...spanCells(span, cell.row, cell.column)]) : [];
  }

  // The sources that are the largest, for a link that takes the largest.
  winners(cell) {
    if (this.linkOf(cell)?.how !== "max") return [];
    const found = this.sources(cell);
    const largest = Math.max(...found.map((source) => this.value(source)));
    return found.filter((source) => this.value(source) === largest);
  }

  users(cell) {
    const found = new Map();
    for (const link of this.links) {
      const { rows, columns } = this.byName.get(link.source);
      for (const span of link.spans) {
        if (span.panel !== cell.panel) continue;
        if (span.places) {
          for (let row = 0; row < rows; row++)
            for (let column = 0; column < columns; column++)
              if (span.places[row][column].some(([i, j]) => i === cell.row && j === cell.column))
                found.set(`${link.source} ${row} ${column}`, { panel: link.source, row, column });
          continue;
        }
        const across = steps(span, 1, cell.column, columns);
        for (const row of steps(span, 0, cell.row, rows))
          for (const column of across)
            found.set(`${link.source} ${row} ${column}`, { panel: link.source, row, column });
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
    if (panel.kind === "series") at = `[${panel.first + cell.column}]`;
    if (panel.heads?.length) at = ` ${cell.row + 1}, ${panel.heads[cell.column]}`;
    const head = [[`${panel.title || panel.name}${at}`, panel.role]];
    const own = this.value(cell);
    if (Array.isArray(own)) {
      const parts = own.map((part) => formatNumber(part, panel.digits)).join(", ");
      return [...head, [` = (${parts})`, ""]];
    }
    const shown = formatNumber(own, panel.digits);
    const link = this.linkOf(cell);
    if (!link || link.how === "copy") return [...head, [" = ", ""], [shown, panel.role]];
    if (link.how === "field")
      return [...head, [" = ", ""], [shown, panel.role], ...this.fieldTokens(link, cell)];
    const terms = factors(link, cell).map((term) => term.map((part) => this.number(part)));
    let total = terms.reduce((sum, term) => sum + term.reduce((p, { value }) => p * value, 1), 0);
    if (link.how === "max") total = Math.max(...terms.map(([{ value }]) => value));
    if (link.how === "mean") total /= terms.length;
    const exact = isExact(own, panel.digits) && terms.every((term) => term.every((part) => part.exact));
    const tokens = [...head, [" = ", ""], ...wrapped(link.how, terms)];
    if (Math.abs(total - own) <= 1e-4 * Math.max(1, Math.abs(total)))
      return [...tokens, [exact ? " = " : " ≈ ", ""], [shown, panel.role]];
    const sign = exact && isExact(total, panel.digits) ? " = " : " ≈ ";
    return [
      ...tokens,
      [sign, ""],
      [formatNumber(total, panel.digits), panel.role],
      [`, but ${link.computed || "the cell"} gives `, ""],
      [shown, "window"],
    ];
  }

  // How many cells of each panel a cell sees; those beyond the border are not there.
  fieldTokens(link, cell) {
    const tokens = [[" sees ", ""]];
    link.spans.forEach((span, place) => {
      const panel = this.byName.get(span.panel);
      const inside = [...spanCells(span, cell.row, cell.column)].filter((c) => this.inside(c));
      let text = span.count.join("×");
      if (inside.length < span.count[0] * span.count[1]) text += ` (${inside.length} inside)`;
      if (place) tokens.push([", ", ""]);
      tokens.push([`${text} of `, ""], [panel.title, panel.role]);
    });
    return tokens;
  }

  // The numbers that a picture with profiles shows while the hand is on a cell.
  shown(panel, cell) {
    const at = cell && panel.profiles?.[cell.panel] ? cell : this.focus;
    const profile = panel.profiles?.[at?.panel];
    if (!profile) return panel.values;
    const [down, right] = [profile[0][at.row], profile[1][at.column]];
    return down.flatMap((a) => right.map((b) => a * b));
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

function numbers(content, dtype) {
  // A copy: a typed array needs its own alignment, a message's buffer has another.
  const { buffer, byteOffset, byteLength } = content;
  return new TYPES[dtype](buffer.slice(byteOffset, byteOffset + byteLength));
}

function steps(span, axis, position, size) {
  const reached = [];
  for (let index = 0; index < size; index++) {
    const offset = position - span.start[axis] - span.step[axis] * repeated(span, axis, index);
    const entry = offset / span.spread[axis];
    if (Number.isInteger(entry) && entry >= 0 && entry < span.count[axis]) reached.push(index);
  }
  return reached;
}

// The cells whose numbers are multiplied, one list for each term of the sum.
function factors(link, cell) {
  const each = link.spans.map((span) => [...spanCells(span, cell.row, cell.column)]);
  if (link.how !== "dot") return each.flat().map((found) => [found]);
  return each.flatMap((cells, at) =>
    at % 2 ? [] : cells.map((found, index) => [found, each[at + 1][index]]),
  );
}

// The arithmetic as it is written: a sum, a mean, or a choice.
function wrapped(how, terms) {
  if (how === "max") {
    const parts = terms.flatMap(([{ text, role }], place) =>
      place ? [[", ", ""], [text, role]] : [[text, role]],
    );
    return [["max(", ""], ...parts, [")", ""]];
  }
  if (how === "mean") return [["(", ""], ...sumTokens(terms), [`) / ${terms.length}`, ""]];
  return sumTokens(terms);
}

function sumTokens(terms) {
  let shown = terms;
  if (terms.length > MOST_TERMS)
    shown = terms.filter((term) => term.every(({ value }) => value !== 0));
  const zeros = terms.length - shown.length;
  const more = Math.max(shown.length - MOST_TERMS, 0);
  const tokens = [];
  for (const term of shown.slice(0, MOST_TERMS)) {
    if (tokens.length) tokens.push([" + ", ""]);
    term.forEach(({ text, role }, place) => {
      if (place) tokens.push(["×", ""]);
      tokens.push([bracketed(text), role]);
    });
  }
  if (more) tokens.push([` + … (${more} more)`, ""]);
  if (zeros) tokens.push([`${tokens.length ? " + " : ""}${zeros} ${zeros === 1 ? "term that is" : "terms that are"} 0`, ""]);
  return tokens;
}

// ---------------------------------------------------------------- colours

function mapColors(panel, stops) {
  const { values, rows, columns, depth } = panel;
  const [low, high] = panel.limits ?? [0, 1];
  const pixels = new Uint8ClampedArray(rows * columns * 4);
  for (let at = 0; at < rows * columns; at++) {
    for (let part = 0; part < 3; part++) {
      const value = values[depth > 1 ? at * depth + part : at];
      const share = Math.min(Math.max((value - low) / (high - low), 0), 1);
      if (depth > 1) pixels[4 * at + part] = share * 255;
      else {
        const place = share * (stops.length - 1);
        const below = Math.min(Math.floor(place), stops.length - 2);
        const [from, to] = [stops[below][part], stops[below + 1][part]];
        pixels[4 * at + part] = from + (to - from) * (place - below);
      }
    }
    pixels[4 * at + 3] = 255;
  }
  return pixels;
}

function themeOf(document) {
  const { jpThemeLight } = document.body.dataset;
  if (jpThemeLight !== undefined) return jpThemeLight === "false" ? "dark" : "light";
  return document.body.classList.contains("vscode-dark") ? "dark" : "light";
}

// ------------------------------------------------------------------ store

// Scenes by settings. Arrays come once and are named by their digest.
class Store {
  constructor(model) {
    this.model = model;
    this.ready = new Map();
  }

  get(key) {
    if (!this.ready.has(key)) {
      const header = this.model.get("scenes")[key];
      if (!header) return undefined;
      this.ready.set(key, new Scene(header, this.model.get("arrays")));
    }
    return this.ready.get(key);
  }

  take({ scenes, digests, clear }, buffers) {
    for (const key of Object.keys(scenes)) this.ready.delete(key);
    const kept = clear ? {} : this.model.get("scenes");
    const arrays = clear ? {} : this.model.get("arrays");
    if (clear) this.ready.clear();
    digests.forEach((digest, index) => (arrays[digest] = buffers[index]));
    Object.assign(kept, scenes);
    // Local only: the kernel has it, and an exported page keeps it.
    this.model.set("scenes", kept, { silent: true });
    this.model.set("arrays", arrays, { silent: true });
  }
}

// The controls' own models, in the browser: reading them needs no kernel.
async function findControls(model) {
  const manager = model.widget_manager;
  if (!manager) return [];
  const names = model.get("controls").map((name) => name.replace("IPY_MODEL_", ""));
  return Promise.all(names.map((name) => manager.get_model(name)));
}

function settingsKey(controls) {
  const values = controls.map((control) => {
    // A choice has only its place in common with the kernel, not its value.
    const value = control.get(control.has("index") ? "index" : "value");
    return typeof value === "number" ? Number(value.toFixed(6)) : value;
  });
  return JSON.stringify(values);
}

// ------------------------------------------------------------------- view

class View {
  constructor(model, el) {
    this.model = model;
    this.store = new Store(model);
    this.controls = [];
    this.hand = null; // the cell that is pointed at
    this.cursors = new Map(); // where the keyboard is, by panel
    this.pen_down = null; // the panel that is painted on
    this.trail = []; // places of the pen that no scene shows yet, [row, column]; null lifts it
    this.unsent = 0; // how many of them, from the end, the kernel does not know
    this.flying = []; // how many went with each message that has no answer yet
    this.images = new Map();
    this.panels = new Map(); // elements over the canvas
    this.root = element("div", "cnnlab-stage", el);
    this.title = element("div", "cnnlab-title", this.root);
    this.picture = element("div", "cnnlab-picture", this.root);
    this.canvas = element("canvas", "", this.picture);
    this.canvas.setAttribute("role", "img");
    this.note = element("div", "cnnlab-note", this.root);
    this.note.setAttribute("role", "status");
    this.line = element("div", "cnnlab-arithmetic", this.root);
    this.line.setAttribute("aria-live", "polite");
    this.theme = themeOf(document);
    this.watchers = [];
  }

  async open() {
    const { model } = this;
    this.listen(model, "msg:custom", (message, buffers) => {
      // New data, or the reason why there is none: the answer to what the pen did.
      const news = message.clear || message.problem;
      const answered = news && this.flying.length ? this.trail.splice(0, this.flying.shift()) : [];
      if (message.problem) this.tell(message.problem);
      else {
        this.store.take(message, buffers);
        this.show();
        const oldest = answered.find(Boolean);
        if (oldest) this.root.dataset.answered = oldest.at; // for the benchmark
      }
      this.sendTrail();
    });
    this.listen(model, "change:scenes", () => {
      this.store.ready.clear();
      this.show();
    });
    this.listen(model, "change:current", () => this.show());
    this.resizes = new ResizeObserver(() => {
      this.fence();
      this.paint();
    });
    this.resizes.observe(this.root);
    this.themes = new MutationObserver(() => {
      this.theme = themeOf(document);
      this.images.clear();
      this.paint();
    });
    this.themes.observe(document.body, { attributes: true });
    this.show();
    const controls = await findControls(model);
    if (this.closed) return;
    this.controls = controls;
    for (const control of this.controls)
      this.listen(control, control.has("index") ? "change:index" : "change:value", () =>
        this.show(),
      );
    this.show();
    model.send({ type: "ready" });
  }

  // JupyterLab would take a letter or an arrow key for a command of its own: "x" cuts the cell.
  fence() {
    const frame = this.root.closest(".cnnlab-explorer");
    if (!frame || frame.dataset.cnnlabFence) return;
    frame.dataset.cnnlabFence = "true";
    frame.addEventListener("keydown", (event) => {
      const runs = event.shiftKey && event.key === "Enter";
      if (!event.ctrlKey && !event.metaKey && !runs) event.stopPropagation();
    });
  }

  listen(model, event, action) {
    model.on(event, action);
    this.watchers.push(() => model.off(event, action));
  }

  close() {
    this.closed = true;
    this.watchers.forEach((stop) => stop());
    this.resizes?.disconnect();
    this.themes?.disconnect();
    clearTimeout(this.patience);
    try {
      this.model.send({ type: "closed" });
    } catch {
      // The kernel has gone already.
    }
  }

  // Show what the controls ask for, or wait for it.
  show() {
    const wanted = this.controls.length ? settingsKey(this.controls) : this.model.get("current");
    const scene = this.store.get(wanted);
    clearTimeout(this.patience);
    if (!scene) {
      this.wait(() => this.model.send({ type: "want" }));
      return;
    }
    this.root.classList.remove("cnnlab-waiting");
    if (scene !== this.scene) {
      this.scene = scene;
      this.arrange();
    }
    this.paint();
    if (this.root.dataset.painted !== wanted) this.root.dataset.painted = wanted;
  }

  // Say that the kernel is waited for, if it takes long enough to be noticed.
  wait(then = () => {}) {
    this.patience = setTimeout(() => {
      this.root.classList.add("cnnlab-waiting");
      try {
        then();
      } catch {
        this.tell("The kernel has gone: run this cell again.");
      }
    }, SLOW);
  }

  // A sentence in the place of the note, until the next scene or gesture.
  tell(problem = this.scene.problem) {
    const words = problem || this.scene.note;
    if (this.note.textContent !== words) this.note.textContent = words;
    this.note.classList.toggle("cnnlab-problem", Boolean(problem));
    this.root.classList.toggle("cnnlab-stale", Boolean(this.scene.problem));
  }

  // One element over each panel takes pointer and keyboard.
  arrange() {
    const { scene } = this;
    const [width, height] = scene.size;
    Object.assign(this.picture.style, { width: `${width + 8}px`, aspectRatio: `${width + 8} / ${height + 4}` });
    if (this.title.textContent !== scene.title) this.title.textContent = scene.title;
    // Lines of one length, whatever the window's.
    this.note.style.maxWidth = this.line.style.maxWidth = `${Math.max(width, 660)}px`;
    this.tell();
    if (!this.pen_down) this.canvas.setAttribute("aria-label", scene.description);
    for (const [name, over] of this.panels)
      if (!scene.byName.has(name)) {
        over.remove();
        this.panels.delete(name);
      }
    for (const panel of scene.panels) {
      if (!this.panels.has(panel.name)) this.panels.set(panel.name, this.overlay(panel.name));
      const over = this.panels.get(panel.name);
      place(over, panel, width + 8, height + 4);
      over.classList.toggle("cnnlab-editable", Boolean(panel.editable));
      over.classList.toggle("cnnlab-paintable", Boolean(panel.paintable));
      let keys = "arrow keys move";
      if (panel.editable) keys += ", Enter edits";
      if (panel.paintable) keys += ", Space puts the pen down and lifts it";
      over.setAttribute("aria-label", `${panel.title}, ${panel.rows} by ${panel.columns}; ${keys}`);
    }
    if (this.hand && !(scene.byName.has(this.hand.panel) && scene.inside(this.hand))) this.hand = null;
  }

  overlay(name) {
    const over = element("div", "cnnlab-panel", this.picture);
    over.tabIndex = 0;
    over.setAttribute("role", "application");
    over.dataset.panel = name;
    over.addEventListener("pointermove", (event) => {
      if (this.pen_down === name && event.buttons) this.paintAt(name, event);
      else this.point(this.cellAt(name, event));
    });
    over.addEventListener("pointerdown", (event) => {
      this.cursors.set(name, this.cellAt(name, event));
      this.point(this.cursors.get(name));
      if (!this.scene.byName.get(name).paintable) return;
      this.point(null); // what the pen hides needs no words
      over.setPointerCapture(event.pointerId);
      this.pen_down = name;
      this.paintAt(name, event);
    });
    for (const end of ["pointerup", "pointercancel"])
      over.addEventListener(end, () => {
        if (this.pen_down !== name) return;
        this.pen_down = null;
        this.lift();
      });
    over.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "touch") return; // the finger is lifted to read
      this.point(document.activeElement === over ? (this.cursors.get(name) ?? null) : null);
    });
    over.addEventListener("focus", () => {
      if (over.matches(":focus-visible")) this.point(this.cursor(name));
    });
    over.addEventListener("blur", () => {
      this.pen_down = null;
      this.lift();
      if (!this.editor) this.point(null);
    });
    over.addEventListener("keydown", (event) => this.key(name, event));
    over.addEventListener("click", (event) => this.edit(this.cellAt(name, event)));
    return over;
  }

  // The pen passed here. The kernel paints; until its picture comes, a line shows the way.
  paintAt(name, event) {
    const panel = this.scene.byName.get(name);
    const box = event.currentTarget.getBoundingClientRect();
    for (const { clientX, clientY } of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event])
      this.stroke(name, [
        ((clientY - box.top) / box.height) * panel.rows - 0.5,
        ((clientX - box.left) / box.width) * panel.columns - 0.5,
      ]);
  }

  stroke(name, at) {
    this.painted = name;
    at.at = performance.now();
    this.trail.push(at);
    this.unsent++;
    this.sendTrail();
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint();
    });
  }

  // Few messages at a time: what the pen does meanwhile goes with the next.
  sendTrail() {
    if (!this.unsent || this.flying.length >= MOST_FLYING) return;
    const points = this.trail.slice(-this.unsent);
    const from = this.last ? [this.last] : [];
    this.last = points.at(-1);
    this.unsent = 0;
    this.flying.push(points.length);
    this.model.send({ type: "stroke", panel: this.painted, points: [...from, ...points] });
    clearTimeout(this.patience);
    this.wait();
  }

  // The next stroke does not go on from here.
  lift() {
    this.canvas.setAttribute("aria-label", this.scene.description);
    if (this.unsent) {
      this.trail.push(null);
      this.unsent++;
    } else this.last = null;
  }

  // Where the keyboard is in a panel, wherever the mouse points.
  cursor(name) {
    const cell = this.cursors.get(name);
    return cell && this.scene.inside(cell) ? cell : { panel: name, row: 0, column: 0 };
  }

  cellAt(name, event) {
    const panel = this.scene.byName.get(name);
    const box = event.currentTarget.getBoundingClientRect();
    const share = [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width];
    const clip = (part, size) => Math.min(Math.max(Math.floor(part * size), 0), size - 1);
    if (panel.kind === "series") {
      const x = panel.x + share[1] * panel.width;
      const nearest = panel.xs.reduce((best, at, index) =>
        Math.abs(at - x) < Math.abs(panel.xs[best] - x) ? index : best, 0);
      return { panel: name, row: 0, column: nearest };
    }
    return { panel: name, row: clip(share[0], panel.rows), column: clip(share[1], panel.columns) };
  }

  point(cell) {
    const same = cell && this.hand && ["panel", "row", "column"].every((k) => cell[k] === this.hand[k]);
    if (same || (!cell && !this.hand)) return;
    this.hand = cell;
    this.paint();
  }

  key(name, event) {
    if (event.target !== event.currentTarget) return; // typing in the editor
    if (event.altKey || event.metaKey) return;
    const panel = this.scene.byName.get(name);
    const from = this.cursor(name);
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const far = event.shiftKey || event.ctrlKey ? 10 : 1;
    if (event.key in moves) {
      const [down, right] = moves[event.key];
      const clip = (value, size) => Math.min(Math.max(value, 0), size - 1);
      this.cursors.set(name, {
        panel: name,
        row: clip(from.row + down * far, panel.rows),
        column: clip(from.column + right * far, panel.columns),
      });
      this.point(this.cursors.get(name));
      const at = this.cursors.get(name);
      if (this.pen_down === name) this.stroke(name, [at.row, at.column]);
    } else if (panel.paintable && event.key === " ") {
      this.pen_down = this.pen_down ? null : name;
      if (this.pen_down) this.stroke(name, [from.row, from.column]);
      else this.lift();
    } else if (event.key === "Escape") this.point(null);
    else if (event.ctrlKey || (event.shiftKey && event.key === "Enter")) return;
    else if (panel.editable && (event.key === "Enter" || /^[-\d.]$/.test(event.key)))
      this.edit(from, event.key === "Enter" ? undefined : event.key);
    else return;
    event.preventDefault();
  }

  // A number typed into a cell. The kernel is told; it sends the new scenes.
  edit(cell, typed) {
    const panel = this.scene.byName.get(cell.panel);
    if (!panel.editable || this.editor) return;
    const over = this.panels.get(cell.panel);
    const editor = element("input", "cnnlab-editor", over);
    this.editor = editor;
    this.tell();
    const side = over.clientWidth / panel.columns;
    Object.assign(editor.style, {
      left: `${(cell.column + 0.5) * side}px`, top: `${(cell.row + 0.5) * side}px`,
      width: `${Math.max(side, 64)}px`, height: `${Math.max(side, 26)}px`,
    });
    editor.setAttribute("aria-label", `${panel.title}, row ${cell.row}, column ${cell.column}`);
    editor.inputMode = "decimal";
    editor.value = typed ?? String(this.scene.value(cell));
    editor.focus();
    if (typed === undefined) editor.select();
    const finish = (keep, stay = true) => {
      if (this.editor !== editor) return;
      this.editor = null;
      const value = keep ? readNumber(editor.value) : undefined;
      editor.remove();
      if (stay) over.focus(); // else the student has gone elsewhere already
      if (!keep) return;
      if (value === undefined) {
        this.tell(`“${editor.value}” is no number: type one like 2, −0.5 or 1/9.`);
      } else if (this.scene.byName.has(cell.panel)) {
        if (!this.scene.problem && value === this.scene.value(cell)) return;
        this.wait();
        this.model.send({ type: "edit", panel: cell.panel, row: cell.row, column: cell.column, value });
      }
    };
    editor.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Tab") finish(true);
      else if (event.key === "Escape") finish(false);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    editor.addEventListener("blur", () => finish(true, false));
    editor.addEventListener("click", (event) => event.stopPropagation());
  }

  // ------------------------------------------------------------- painting

  paint() {
    const { scene, canvas } = this;
    if (!scene) return;
    const look = this.model.get("look")[this.theme];
    this.root.style.setProperty("--cnnlab-text", look.text);
    this.root.style.setProperty("--cnnlab-quiet", look.quiet);
    this.root.style.setProperty("--cnnlab-alert", look.roles.window);
    const [width, height] = scene.size;
    const ratio = window.devicePixelRatio || 1;
    const scale = Math.min(1, (this.picture.clientWidth || width + 8) / (width + 8));
    const pixels = [Math.round((width + 8) * scale * ratio), Math.round((height + 4) * scale * ratio)];
    if (canvas.width !== pixels[0] || canvas.height !== pixels[1])
      [canvas.width, canvas.height] = pixels;
    const pen = canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, ...pixels);
    pen.setTransform(scale * ratio, 0, 0, scale * ratio, 4 * scale * ratio, 2 * scale * ratio);
    pen.imageSmoothingEnabled = false;
    pen.font_family = getComputedStyle(this.root).fontFamily;
    this.pen = pen;
    this.colors = look;
    const cell = this.hand ?? scene.focus;
    for (const panel of scene.panels) this.drawPanel(panel, cell);
    for (const [x, y, text, size] of scene.signs) this.write(text, x, y, size, look.quiet);
    for (const mark of scene.marks)
      this.outline(scene.byName.get(mark.panel), mark.row, mark.column, mark.rows, mark.columns, mark.role, 2);
    if (cell && !scene.problem) this.explain(cell);
    else {
      this.written = null;
      this.line.replaceChildren();
    }
    this.drawTrail();
  }

  write(text, x, y, size, color, align = "center", weight = 400) {
    const { pen } = this;
    pen.font = `${weight} ${size}px ${pen.font_family}`;
    pen.fillStyle = color;
    pen.textAlign = align;
    pen.textBaseline = "middle";
    pen.fillText(text, x, y);
  }

  drawPanel(panel, cell) {
    const { pen, colors } = this;
    const { x, y, width, height } = panel;
    const color = colors.roles[panel.role];
    pen.globalAlpha = panel.faded ? 0.5 : 1;
    this.write(panel.title, x, y - 12, 13, color, "left", 600);
    this.write(panel.caption, x, y + height + 11, 12, colors.quiet, "left");
    if (panel.kind === "series") this.drawSeries(panel, color);
    else if (panel.kind === "bars") this.drawBars(panel);
    else if (panel.kind === "blocks") this.drawBlocks(panel);
    else {
      const values = panel.lens ? this.lensValues(panel, cell) : this.scene.shown(panel, cell);
      if (panel.colors !== "none")
        pen.drawImage(this.image({ ...panel, values }), x, y, width, height);
      if (panel.kind === "grid") this.drawNumbers({ ...panel, values });
      pen.strokeStyle = color;
      pen.lineWidth = 1.5;
      pen.strokeRect(x, y, width, height);
    }
    pen.globalAlpha = 1;
  }

  // The cells of another panel that the cell under the hand depends on.
  lensValues(panel, cell) {
    const { scene } = this;
    const [source, target] = panel.lens;
    const from = cell?.panel === source ? cell : scene.focus;
    const link = scene.linkOf({ panel: source });
    const span = link?.spans.find((part) => part.panel === target);
    if (!span || from?.panel !== source) return panel.values;
    return Array.from(spanCells(span, from.row, from.column), (found) => scene.value(found));
  }

  image(panel) {
    const moves = panel.lens || Object.keys(panel.profiles ?? {}).length;
    const name = moves ? null : `${panel.digest} ${panel.colors} ${panel.limits} ${this.theme}`;
    if (name && this.images.has(name)) return this.images.get(name);
    const picture = document.createElement("canvas");
    [picture.width, picture.height] = [panel.columns, panel.rows];
    const pixels = mapColors(panel, this.colors.maps[panel.colors]);
    picture.getContext("2d").putImageData(new ImageData(pixels, panel.columns), 0, 0);
    if (name) this.images.set(name, picture);
    if (this.images.size > 400) this.images.delete(this.images.keys().next().value);
    return picture;
  }

  drawNumbers(panel) {
    const { pen, colors } = this;
    const { x, y, cell, rows, columns, letters } = panel;
    if (cell >= 8) {
      pen.strokeStyle = colors.line;
      pen.lineWidth = 1;
      pen.beginPath();
      for (let row = 1; row < rows; row++) {
        pen.moveTo(x, Math.round(y + row * cell) + 0.5);
        pen.lineTo(x + panel.width, Math.round(y + row * cell) + 0.5);
      }
      for (let column = 1; column < columns; column++) {
        pen.moveTo(Math.round(x + column * cell) + 0.5, y);
        pen.lineTo(Math.round(x + column * cell) + 0.5, y + panel.height);
      }
      pen.stroke();
    }
    panel.heads.forEach((head, column) =>
      this.write(head, x + (column + 0.5) * cell, y + panel.height + 11, 10.5, colors.quiet),
    );
    if (!letters) return;
    const filled = panel.colors === "none" ? null : mapColors(panel, colors.maps[panel.colors]);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const at = row * columns + column;
        let color = colors.text;
        if (filled) {
          const light = 0.299 * filled[4 * at] + 0.587 * filled[4 * at + 1] + 0.114 * filled[4 * at + 2];
          color = light < 118 ? "#ffffff" : "#1f2328";
        }
        const text = formatNumber(panel.values[at], panel.digits);
        this.write(text, x + (column + 0.5) * cell, y + (row + 0.5) * cell + 1, letters, color);
      }
  }

  drawSeries(panel, color) {
    const { pen, colors } = this;
    const { x, y, width, height, xs, ys, zero } = panel;
    pen.strokeStyle = colors.line;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(x, zero);
    pen.lineTo(x + width, zero);
    pen.stroke();
    const step = xs.length > 1 ? xs[1] - xs[0] : width;
    pen.strokeStyle = pen.fillStyle = color;
    if (panel.style === "line") {
      pen.lineWidth = 2;
      pen.beginPath();
      xs.forEach((at, index) => pen.lineTo(at, ys[index]));
      pen.stroke();
    }
    if (!panel.labelled) return;
    xs.forEach((at, index) => {
      pen.fillStyle = color;
      if (panel.style === "bars") {
        pen.fillRect(at - 0.35 * step, Math.min(zero, ys[index]), 0.7 * step, Math.abs(zero - ys[index]));
      } else {
        if (panel.style === "stem") {
          pen.lineWidth = 1.5;
          pen.beginPath();
          pen.moveTo(at, zero);
          pen.lineTo(at, ys[index]);
          pen.stroke();
        }
        pen.beginPath();
        pen.arc(at, ys[index], 3.5, 0, 7);
        pen.fill();
      }
      const value = panel.values[index];
      this.write(formatNumber(value, panel.digits), at, ys[index] + (value >= 0 ? -10 : 10), 11, colors.text);
      this.write(String(panel.first + index), at, y + height - 7, 10.5, colors.quiet);
    });
  }

  // Where the pen was and no scene shows it yet.
  drawTrail() {
    const panel = this.trail.length && this.scene.byName.get(this.painted);
    if (!panel) return;
    const { pen } = this;
    pen.strokeStyle = this.colors.roles.window;
    pen.lineWidth = 3;
    pen.lineCap = "round";
    pen.beginPath();
    let down = false;
    for (const at of this.trail) {
      if (at) {
        const [x, y] = [panel.x + (at[1] + 0.5) * panel.cell, panel.y + (at[0] + 0.5) * panel.cell];
        if (!down) pen.moveTo(x, y);
        pen.lineTo(x, y);
      }
      down = Boolean(at);
    }
    pen.stroke();
  }

  drawBars(panel) {
    const { pen, colors } = this;
    panel.bars.forEach(([x, y, width, height], index) => {
      const middle = y + height / 2 + 1;
      pen.fillStyle = colors.roles[panel.roles[index]];
      pen.fillRect(x, y, width, height);
      this.write(panel.labels[index], x - 8, middle, 12, colors.text, "right");
      this.write(panel.texts[index], x + width + 6, middle, 12, colors.text, "left");
    });
  }

  drawBlocks(panel) {
    const { pen, colors } = this;
    const slot = panel.width / panel.columns;
    panel.boxes.forEach(([x, y, width, height, slant], index) => {
      const [right, bottom] = [x + width, y + height];
      const faces = [
        [0.5, [x, y], [right, y], [right, bottom], [x, bottom]],
        [0.15, [x, y], [x + slant, y - slant], [right + slant, y - slant], [right, y]],
        [0.3, [right, y], [right + slant, y - slant], [right + slant, bottom - slant], [right, bottom]],
      ];
      pen.fillStyle = pen.strokeStyle = colors.roles[panel.roles[index]];
      pen.lineWidth = 1;
      for (const [alpha, ...corners] of faces) {
        pen.beginPath();
        corners.forEach((corner) => pen.lineTo(...corner));
        pen.closePath();
        pen.globalAlpha = alpha;
        pen.fill();
        pen.globalAlpha = 1;
        pen.stroke();
      }
      if (slot < NARROW) return;
      const middle = panel.x + slot * (index + 0.5);
      this.write(panel.labels[index], middle, panel.y + 8, 12, colors.text);
      this.write(panel.texts[index], middle, panel.y + panel.height - 7, 11.5, colors.quiet);
    });
  }

  outline(panel, row, column, rows, columns, role, width) {
    const { pen } = this;
    pen.strokeStyle = this.colors.roles[role];
    pen.lineWidth = width;
    pen.setLineDash(role === "padding" || role === "unvisited" ? [3, 3] : []);
    if (panel.kind === "series") {
      const step = panel.xs.length > 1 ? panel.xs[1] - panel.xs[0] : panel.width;
      pen.strokeRect(panel.xs[column] - step / 2, panel.y, step * columns, panel.height);
    } else if (panel.lines) {
      const [across, down] = [panel.width / panel.columns, panel.height / panel.rows];
      pen.strokeRect(panel.x + column * across, panel.y + row * down, columns * across, rows * down);
    } else {
      // Around a few tiny pixels there must be room to see them.
      const { x, y, cell } = panel;
      const [across, down] = [columns * cell, rows * cell];
      if (role === "padding" || role === "unvisited")
        this.shade(x + column * cell, y + row * cell, across, down, role);
      const grow = Math.max(0, SMALLEST - Math.max(across, down)) / 2;
      pen.strokeRect(x + column * cell - grow, y + row * cell - grow, across + 2 * grow, down + 2 * grow);
    }
    pen.setLineDash([]);
  }

  // Padding is tinted, what no window visits is hatched: not told by colour alone.
  shade(x, y, width, height, role) {
    const { pen } = this;
    pen.save();
    pen.beginPath();
    pen.rect(x, y, width, height);
    pen.clip();
    pen.fillStyle = this.colors.roles[role];
    pen.globalAlpha = 0.14;
    pen.fill();
    if (role === "unvisited") {
      pen.globalAlpha = 0.7;
      pen.lineWidth = 1;
      pen.setLineDash([]);
      pen.beginPath();
      for (let at = -height; at < width; at += 7) {
        pen.moveTo(x + at, y + height);
        pen.lineTo(x + at + height, y);
      }
      pen.stroke();
    }
    pen.restore();
  }

  // Outline the cell, what it depends on or what uses it, and write the arithmetic.
  explain(cell) {
    const { scene } = this;
    const panel = scene.byName.get(cell.panel);
    this.outline(panel, cell.row, cell.column, 1, 1, "window", 3);
    const link = scene.linkOf(cell);
    let tokens = scene.tokens(cell);
    if (link) for (const span of link.spans) this.outlineSpan(span, cell, link.how);
    else if (!panel.paintable) {
      const users = scene.users(cell);
      const all = scene.panels.filter(({ name }) => scene.linkOf({ panel: name }));
      for (const target of all) {
        const used = users.filter((user) => user.panel === target.name);
        if (!used.length) continue;
        const count = target.rows * target.columns;
        if (used.length < count && used.length <= 200)
          for (const user of used) this.outline(target, user.row, user.column, 1, 1, "window", 2);
        tokens = [...tokens, [`; used in ${used.length} of ${count} cells of `, ""], [target.title, target.role]];
      }
    }
    if (link?.how === "dot") this.writeWeights(link, cell);
    for (const { panel: name, row, column } of scene.winners(cell))
      this.outline(scene.byName.get(name), row, column, 1, 1, "output", 4);
    // JupyterLab watches the page: what does not change must not be written again.
    const written = JSON.stringify([tokens, this.theme]);
    if (this.written === written) return;
    this.written = written;
    this.line.replaceChildren(
      ...tokens.map(([text, role]) => {
        const piece = document.createElement("span");
        piece.textContent = text;
        if (role && role !== "plain") piece.style.color = this.colors.roles[role];
        return piece;
      }),
    );
  }

  outlineSpan(span, cell, how) {
    const panel = this.scene.byName.get(span.panel);
    const cells = [...spanCells(span, cell.row, cell.column)].filter((c) => this.scene.inside(c));
    const whole = cells.length === panel.rows * panel.columns;
    if (!cells.length || (whole && how !== "field")) return;
    if (span.spread?.every((part) => Math.abs(part) === 1)) {
      const rows = cells.map(({ row }) => row);
      const columns = cells.map(({ column }) => column);
      const [top, left] = [Math.min(...rows), Math.min(...columns)];
      this.outline(panel, top, left, Math.max(...rows) - top + 1, Math.max(...columns) - left + 1, "window", 3);
    } else for (const { row, column } of cells) this.outline(panel, row, column, 1, 1, "window", 2);
  }

  // Each number of the window carries its weight in the lower corner.
  writeWeights(link, cell) {
    const { scene } = this;
    for (let pair = 0; pair < link.spans.length; pair += 2) {
      const panel = scene.byName.get(link.spans[pair].panel);
      const roomy = panel.kind === "series" || (panel.kind === "grid" && panel.cell >= 42);
      if (!roomy || panel.colors !== "none") continue;
      const weights = spanCells(link.spans[pair + 1], cell.row, cell.column);
      for (const found of spanCells(link.spans[pair], cell.row, cell.column)) {
        const { text, role } = scene.number(weights.next().value);
        if (!scene.inside(found)) continue;
        if (panel.kind === "series") {
          const x = panel.xs[found.column];
          this.write("×" + text, x, panel.y + 11, 11, this.colors.roles[role], "center", 600);
          continue;
        }
        const x = panel.x + (found.column + 1) * panel.cell - 4;
        const y = panel.y + (found.row + 1) * panel.cell - 8;
        this.write("×" + text, x, y, 10.5, this.colors.roles[role], "right", 600);
      }
    }
  }
}

function element(tag, name, parent) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  parent.append(made);
  return made;
}

function place(over, panel, width, height) {
  const share = (part, whole) => `${(100 * part) / whole}%`;
  Object.assign(over.style, {
    left: share(panel.x + 4, width),
    top: share(panel.y + 2, height),
    width: share(panel.width, width),
    height: share(panel.height, height),
  });
}

// "2", "-0.5", "−0,5" or "1/9".
export function readNumber(text) {
  const plain = text.trim().replaceAll("−", "-").replaceAll(",", ".");
  const decimal = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
  const parts = plain.split("/").map((part) => (decimal.test(part.trim()) ? Number(part) : NaN));
  const value = parts.length === 2 ? parts[0] / parts[1] : parts[0];
  return parts.length <= 2 && Number.isFinite(value) ? value : undefined;
}

export default {
  render({ model, el }) {
    const view = new View(model, el);
    view.open();
    return () => view.close();
  },
};
