// One stage on the page: it shows the scene that the controls ask for, and follows the hand.

import { boxAt, Boxes } from "./boxes.js";
import { themeOf } from "./colors.js";
import { LOOK } from "./data.js";
import { Editor } from "./editor.js";
import { Painter } from "./painter.js";
import { Pen } from "./pen.js";
import { findControls, settingsKey, Store } from "./store.js";

const RESTED = 200; // milliseconds without a new scene before it is described
const SLOW = 250; // milliseconds before the stage says that it waits
const FAR = 10; // cells, of an arrow key with Shift or Ctrl
const BESIDE = 10; // pixels beside a node that still count as it

export class View {
  constructor(model, el) {
    this.model = model;
    this.store = new Store(model);
    this.controls = [];
    this.hand = null; // the cell that is pointed at
    this.cursors = new Map(); // where the keyboard is, by panel
    this.panels = new Map(); // elements over the canvas, by panel
    this.problem = "";
    this.pen = new Pen(this);
    this.boxes = new Boxes(this);
    this.editor = new Editor(this);
    this.root = element("div", "cnnlab-stage", el);
    this.title = element("div", "cnnlab-title", this.root);
    this.picture = element("div", "cnnlab-picture", this.root);
    this.canvas = element("canvas", "", this.picture);
    this.canvas.setAttribute("role", "img");
    this.painter = new Painter(this.canvas);
    this.note = element("div", "cnnlab-note", this.root);
    this.note.setAttribute("role", "status");
    this.line = element("div", "cnnlab-arithmetic", this.root);
    this.line.setAttribute("aria-live", "polite");
    this.room = 0; // pixels that the page has for the picture, once they are known
    this.watchers = [];
  }

  async open() {
    const { model } = this;
    this.listen(model, "msg:custom", (message, buffers) => this.hear(message, buffers));
    this.listen(model, "change:scenes", () => {
      this.store.ready.clear();
      this.show();
    });
    this.listen(model, "change:current", () => this.show());
    this.resizes = new ResizeObserver(([{ contentRect }]) => {
      this.room = contentRect.width;
      this.fence();
      this.paint();
    });
    this.resizes.observe(this.root);
    this.themes = new MutationObserver(() => {
      this.dress();
      this.paint();
    });
    this.themes.observe(document.body, { attributes: true });
    this.dress();
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
    // A page that is reloaded or left never closes its views one by one.
    this.leave = () => this.goodbye();
    window.addEventListener("pagehide", this.leave);
  }

  close() {
    this.closed = true;
    this.watchers.forEach((stop) => stop());
    this.resizes?.disconnect();
    this.themes?.disconnect();
    clearTimeout(this.patience);
    clearTimeout(this.words);
    window.removeEventListener("pagehide", this.leave);
    if (this.leave) this.goodbye();
  }

  // Tell the kernel that nobody looks here any more; before "ready" it has not heard of us.
  goodbye() {
    try {
      this.model.send({ type: "closed" });
    } catch {
      // The kernel has gone already.
    }
  }

  // The colours of the page's theme.
  dress() {
    this.theme = themeOf(document);
    const look = LOOK[this.theme];
    this.root.style.setProperty("--cnnlab-text", look.text);
    this.root.style.setProperty("--cnnlab-quiet", look.quiet);
    this.root.style.setProperty("--cnnlab-alert", look.roles.window);
  }

  listen(model, event, action) {
    model.on(event, action);
    this.watchers.push(() => model.off(event, action));
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

  // ----------------------------------------------------- to and from the kernel

  hear(message, buffers) {
    if (message.scenes) this.store.take(message, buffers);
    if (message.done === "stroke") this.pen.answered();
    if (message.done === "drag") this.boxes.answered();
    if (message.done || message.problem) this.stopWaiting();
    if (message.problem) this.tell(message.problem);
    else this.show();
  }

  // Tell the kernel of a gesture, and that it is waited for.
  send(message) {
    clearTimeout(this.patience);
    this.wait();
    this.tryTo(() => this.model.send(message));
  }

  // Say that the kernel is waited for, if it takes long enough to be noticed.
  wait(then = () => {}) {
    this.patience = setTimeout(() => {
      this.root.classList.add("cnnlab-waiting");
      this.tryTo(then);
    }, SLOW);
  }

  stopWaiting() {
    clearTimeout(this.patience);
    this.root.classList.remove("cnnlab-waiting");
  }

  tryTo(act) {
    try {
      act();
    } catch {
      this.stopWaiting();
      this.root.classList.add("cnnlab-stale");
      this.tell("The kernel has gone: run this cell again.");
    }
  }

  // Show what the controls ask for, or wait for it.
  show() {
    const wanted = this.controls.length ? settingsKey(this.controls) : this.model.get("current");
    const scene = this.store.get(wanted);
    if (!scene) {
      clearTimeout(this.patience);
      this.wait(() => this.model.send({ type: "want" }));
      return;
    }
    this.stopWaiting();
    if (scene !== this.wanted) {
      this.wanted = scene;
      // Settings that cannot be shown leave the last picture, dimmed, with the reason.
      if (scene.panels.length || !this.scene) this.scene = scene;
      this.problem = scene.problem;
      this.arrange();
      this.paint();
    }
    if (this.root.dataset.painted !== wanted) this.root.dataset.painted = wanted;
  }

  // A sentence in the place of the note, until the next scene or gesture.
  tell(problem = this.problem) {
    const words = problem || this.scene.note;
    if (this.note.textContent !== words) this.note.textContent = words;
    this.note.classList.toggle("cnnlab-problem", Boolean(problem));
  }

  // What is around the canvas: title, note, and one element over each panel.
  arrange() {
    const { scene } = this;
    if (this.title.textContent !== scene.title) this.title.textContent = scene.title;
    this.tell();
    this.root.classList.toggle("cnnlab-stale", Boolean(this.problem));
    this.describe();
    // Most scenes differ in their numbers only.
    const laid = JSON.stringify([scene.size, scene.panels.map(placeOf)]);
    if (laid !== this.laid) this.lay();
    this.laid = laid;
    this.boxes.arrange(scene, (over, place) => this.place(over, place));
    const gone = this.hand && !(scene.byName.has(this.hand.panel) && scene.inside(this.hand));
    if (gone) this.hand = null;
  }

  // One element over each panel takes pointer and keyboard.
  lay() {
    const { scene } = this;
    const [width, height] = [scene.size[0] + 8, scene.size[1] + 4];
    const size = { width: `${width}px`, aspectRatio: `${width} / ${height}` };
    Object.assign(this.picture.style, size);
    // Lines of one length, whatever the window's.
    this.note.style.maxWidth = this.line.style.maxWidth = `${Math.max(width - 8, 660)}px`;
    // Each box that can be moved has an element of its own; where nothing is, there is none.
    const taken = scene.panels.filter((panel) => !panel.movable && panel.rows * panel.columns);
    for (const [name, over] of this.panels)
      if (!taken.some((panel) => panel.name === name)) {
        over.remove();
        this.panels.delete(name);
      }
    for (const panel of taken) {
      if (!this.panels.has(panel.name)) this.panels.set(panel.name, this.overlay(panel.name));
      const over = this.panels.get(panel.name);
      this.place(over, panel);
      for (const what of ["editable", "paintable", "choosable", "pickable"])
        over.classList.toggle(`cnnlab-${what}`, Boolean(panel[what]));
      over.classList.toggle("cnnlab-over", Boolean(panel.over));
      over.setAttribute("aria-label", labelOf(panel));
    }
  }

  // Put an element over a place of the layout.
  place(over, { x, y, width, height }) {
    const [across, down] = [this.scene.size[0] + 8, this.scene.size[1] + 4];
    Object.assign(over.style, {
      left: `${(100 * (x + 4)) / across}%`,
      top: `${(100 * (y + 2)) / down}%`,
      width: `${(100 * width) / across}%`,
      height: `${(100 * height) / down}%`,
    });
  }

  overlay(name) {
    const over = element("div", "cnnlab-panel", this.picture);
    over.tabIndex = 0;
    over.setAttribute("role", "application");
    over.dataset.panel = name;
    over.addEventListener("pointermove", (event) => {
      if (this.pen.on === name && event.buttons) this.pen.follow(name, event);
      else this.point(this.cellAt(name, event));
    });
    over.addEventListener("pointerdown", (event) => {
      const cell = this.cellAt(name, event);
      if (cell) this.cursors.set(cell.panel, cell);
      this.point(cell);
      if (!this.scene.byName.get(name).paintable) return;
      this.point(null); // what the pen hides needs no words
      over.setPointerCapture(event.pointerId);
      this.pen.on = name;
      this.pen.follow(name, event);
    });
    for (const end of ["pointerup", "pointercancel"])
      over.addEventListener(end, () => {
        if (this.pen.on === name) this.liftPen();
      });
    over.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "touch") return; // the finger is lifted to read
      const typing = document.activeElement === over && this.cursors.has(name);
      this.point(typing ? this.cursor(name) : null);
    });
    over.addEventListener("focus", () => {
      if (over.matches(":focus-visible")) this.point(this.cursor(name));
    });
    over.addEventListener("blur", () => {
      if (this.pen.on === name) this.liftPen();
      if (!this.editor.input) this.point(null);
    });
    over.addEventListener("keydown", (event) => this.key(name, event));
    over.addEventListener("click", (event) => this.press(this.cellAt(name, event)));
    return over;
  }

  // Tell screen readers what is seen, once the hand rests: it must not wait for words.
  describe() {
    clearTimeout(this.words);
    this.words = setTimeout(() => {
      if (!this.pen.on) this.canvas.setAttribute("aria-label", this.wanted.description);
    }, RESTED);
  }

  liftPen() {
    this.pen.lift();
    if (this.wanted) this.describe();
  }

  // ------------------------------------------------------------------ pointing

  // Where the keyboard is in a panel, wherever the mouse points.
  cursor(name) {
    const cell = this.cursors.get(name);
    return cell && this.scene.inside(cell) ? cell : { panel: name, row: 0, column: 0 };
  }

  get scale() {
    return this.picture.clientWidth / (this.scene.size[0] + 8);
  }

  // Where a pointer is, in the pixels of the layout.
  pixel({ clientX, clientY }) {
    const box = this.picture.getBoundingClientRect();
    return [(clientX - box.left) / this.scale - 4, (clientY - box.top) / this.scale - 2];
  }

  // The cell of a panel, or the box that lies over it, under the pointer.
  cellAt(name, event) {
    const panel = this.scene.byName.get(name);
    const [x, y] = this.pixel(event);
    if (panel.cells) {
      const away = panel.cells.map(([left, top, width, height]) =>
        Math.hypot(
          Math.max(left - x, 0, x - left - width),
          Math.max(top - y, 0, y - top - height),
        ),
      );
      const nearest = away.indexOf(Math.min(...away));
      if (panel.arrows && !(away[nearest] <= BESIDE)) return null;
      const row = Math.floor(nearest / panel.columns);
      return { panel: name, row, column: nearest - row * panel.columns };
    }
    const box = boxAt(this.scene, name, x, y);
    if (box) return box;
    const clip = (part, size) => Math.min(Math.max(Math.floor(part / panel.cell), 0), size - 1);
    return {
      panel: name,
      row: clip(y - panel.y, panel.rows),
      column: clip(x - panel.x, panel.columns),
    };
  }

  point(cell) {
    const parts = ["panel", "row", "column"];
    if (cell && this.hand && parts.every((part) => cell[part] === this.hand[part])) return;
    if (!cell && !this.hand) return;
    this.hand = cell;
    this.paint();
  }

  key(name, event) {
    if (event.target !== event.currentTarget) return; // typing in the editor
    if (event.altKey || event.metaKey) return;
    const panel = this.scene.byName.get(name);
    const from = this.cursor(name);
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const far = event.shiftKey || event.ctrlKey ? FAR : 1;
    if (event.key in moves) {
      const [down, right] = moves[event.key];
      const clip = (value, size) => Math.min(Math.max(value, 0), size - 1);
      let at = {
        panel: name,
        row: clip(from.row + down * far, panel.rows),
        column: clip(from.column + right * far, panel.columns),
      };
      if (panel.arrows) at = neighbour(panel, from, moves[event.key]);
      this.cursors.set(name, at);
      this.point(at);
      if (this.pen.on === name) this.pen.stroke(name, [at.row, at.column]);
    } else if (panel.paintable && event.key === " ") {
      if (this.pen.on) this.liftPen();
      else {
        this.pen.on = name;
        this.pen.stroke(name, [from.row, from.column]);
      }
    } else if (event.key === "Escape") this.point(null);
    else if (event.ctrlKey || (event.shiftKey && event.key === "Enter")) return;
    else if (event.key === "Enter" || (takesChoice(panel) && event.key === " ")) this.press(from);
    else if (panel.editable && /^[-\d.]$/.test(event.key))
      this.editor.open(from, this.panels.get(name), event.key);
    else return;
    event.preventDefault();
  }

  // Click or Enter on a cell: a number is edited, a node or the cell itself is chosen.
  press(cell) {
    if (!cell) return;
    const panel = this.scene.byName.get(cell.panel);
    if (panel.editable) this.editor.open(cell, this.panels.get(cell.panel));
    if (panel.choosable)
      this.send({ type: "choose", panel: cell.panel, name: panel.names[cell.column] });
    if (panel.pickable) this.send({ type: "pick", ...cell });
  }

  // ------------------------------------------------------------------ painting

  paintSoon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint();
    });
  }

  paint() {
    const { scene, painter, pen, boxes } = this;
    if (!scene) return;
    painter.begin(scene, this.theme, this.room);
    const cell = this.hand ?? scene.focus;
    painter.drawScene(cell);
    this.write(cell && !this.problem ? painter.explain(cell) : []);
    const painted = pen.trail.length && scene.byName.get(pen.panel);
    if (painted) painter.drawTrail(painted, pen.trail);
    const held = boxes.held && scene.byName.get(boxes.held.name);
    if (held) painter.drawGhost(held, boxes.held.corners, held.roles[boxes.held.number]);
  }

  // The line of arithmetic, in colours. JupyterLab watches the page: what does not change
  // must not be written again.
  write(tokens) {
    const written = JSON.stringify([tokens, this.theme]);
    if (this.written === written) return;
    this.written = written;
    this.line.replaceChildren(
      ...tokens.map(([text, role]) => {
        const piece = document.createElement("span");
        piece.textContent = text;
        if (role && role !== "plain") piece.style.color = LOOK[this.theme].roles[role];
        return piece;
      }),
    );
  }
}

function element(tag, name, parent) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  parent.append(made);
  return made;
}

// All that decides where the element over a panel stands and what it is.
const placeOf = (panel) => [
  panel.name, panel.x, panel.y, panel.width, panel.height, panel.over, panel.movable, labelOf(panel),
];

// Whether something in a panel can be chosen: a node, or a cell.
const takesChoice = (panel) => panel.choosable || panel.pickable;

// What a panel is, and which keys it takes, for a screen reader.
function labelOf(panel) {
  const title = panel.title || panel.name;
  const size = panel.arrows ? `${panel.columns} nodes` : `${panel.rows} by ${panel.columns}`;
  let keys = "arrow keys move";
  if (panel.editable) keys += ", Enter edits";
  if (takesChoice(panel)) keys += ", Enter chooses";
  if (panel.paintable) keys += ", Space puts the pen down and lifts it";
  return `${title}, ${size}; ${keys}`;
}

// The nearest node of a graph in the direction of an arrow key.
function neighbour(panel, from, [down, right]) {
  const middles = panel.cells.map(([x, y, width, height]) => [x + width / 2, y + height / 2]);
  const [x, y] = middles[from.column];
  let best = from;
  let least = Infinity;
  middles.forEach(([otherX, otherY], column) => {
    const ahead = (otherX - x) * right + (otherY - y) * down;
    const aside = Math.abs((otherX - x) * down) + Math.abs((otherY - y) * right);
    if (ahead > 1 && ahead + 2 * aside < least) {
      least = ahead + 2 * aside;
      best = { panel: panel.name, row: 0, column };
    }
  });
  return best;
}
