// Boxes that are dragged and resized. The kernel is told; until its scene comes, the hand has them.

import { Flight } from "./flight.js";

export const NEAR = 8; // pixels around a side, in which a pointer takes hold of it
const TOUCH = 16; // the same for a finger

export class Boxes {
  constructor(view) {
    this.view = view;
    this.flight = new Flight((message) => view.send(message));
    this.elements = new Map(); // one to take hold of for each box, by panel and number
    this.held = null; // the box that was moved and no scene shows there yet
    this.waiting = []; // boxes that were moved before it, whose last places are not sent yet
  }

  // Elements over the boxes of a scene that can be moved; each is one stop of the Tab key.
  arrange(scene, place) {
    const wanted = new Set();
    for (const panel of scene.panels)
      if (panel.movable)
        panel.cells.forEach((cell, number) => {
          const key = `${panel.name} ${number}`;
          wanted.add(key);
          if (!this.elements.has(key)) this.elements.set(key, this.handle(panel.name, number));
          const [x, y, width, height] = cell;
          const element = this.elements.get(key);
          const grown = { x: x - NEAR, y: y - NEAR, width: width + 2 * NEAR, height: height + 2 * NEAR };
          place(element, grown);
          element.style.zIndex = Math.round(1e6 / (width * height + 1)); // the smaller one on top
          const keys = "arrow keys move, with Shift resize, with Ctrl by ten";
          element.setAttribute("aria-label", `${panel.lines[number]}; ${keys}`);
        });
    for (const [key, element] of this.elements)
      if (!wanted.has(key)) {
        // What is held is gone: the hand lets go of it.
        if (this.grip && key === `${this.grip.name} ${this.grip.number}`) this.grip = null;
        if (this.held && key === `${this.held.name} ${this.held.number}`) this.held = null;
        element.remove();
        this.elements.delete(key);
      }
  }

  handle(name, number) {
    const { view } = this;
    const element = document.createElement("div");
    element.className = "cnnlab-box";
    element.tabIndex = 0;
    element.setAttribute("role", "application");
    element.dataset.box = `${name} ${number}`;
    view.picture.append(element);
    const here = () => ({ panel: name, row: 0, column: number });
    element.addEventListener("pointermove", (event) => {
      if (this.grip) {
        if (event.pointerId === this.grip.pointer) this.drag(event);
        return;
      }
      const sides = this.sides(name, number, event);
      element.style.cursor = cursorOf(sides);
      const { over, solid } = view.scene.byName.get(name);
      const all = sides.length === 4;
      view.point(all && !solid ? view.cellAt(over, event) : here());
    });
    element.addEventListener("pointerdown", (event) => {
      if (event.button || this.grip) return; // another button, another finger
      element.focus();
      element.setPointerCapture(event.pointerId);
      this.dragged = false;
      this.grip = {
        name, number, pointer: event.pointerId, sides: this.sides(name, number, event),
        from: this.at(name, event), corners: this.corners(name, number),
      };
      view.point(here());
      event.preventDefault();
    });
    for (const end of ["pointerup", "pointercancel"])
      element.addEventListener(end, ({ pointerId }) => {
        if (pointerId === this.grip?.pointer) this.grip = null;
      });
    element.addEventListener("pointerleave", () => {
      if (document.activeElement !== element) view.point(null);
    });
    element.addEventListener("click", (event) => {
      const { over, solid } = view.scene.byName.get(name);
      // A click inside is for what lies below, where the box lets it through.
      if (!solid && !this.dragged && this.sides(name, number, event).length === 4)
        view.press(view.cellAt(over, event));
    });
    element.addEventListener("focus", () => view.point(here()));
    element.addEventListener("blur", () => view.point(null));
    element.addEventListener("keydown", (event) => this.key(name, number, event));
    return element;
  }

  // The corners of a box as the hand has it.
  corners(name, number) {
    if (this.held?.name === name && this.held.number === number) return this.held.corners;
    return this.view.scene.byName.get(name).corners[number];
  }

  // Where the pointer is, in cells of what the box lies on.
  at(name, event) {
    const panel = this.view.scene.byName.get(name);
    const [x, y] = this.view.pixel(event);
    return [(x - panel.x) / panel.cell, (y - panel.y) / panel.cell];
  }

  // The sides that the pointer has hold of: one, two at a corner, or all four inside.
  sides(name, number, event) {
    const { cell } = this.view.scene.byName.get(name);
    const near = (event.pointerType === "touch" ? TOUCH : NEAR) / cell / this.view.scale;
    const at = this.at(name, event);
    const corners = this.corners(name, number);
    const found = [];
    for (const axis of [0, 1]) {
      const [low, high] = [corners[axis], corners[axis + 2]];
      const reach = Math.min(near, (high - low) / 3 || near); // a small box has an inside too
      if (Math.abs(at[axis] - high) <= reach || at[axis] > high) found.push(axis + 2);
      else if (Math.abs(at[axis] - low) <= reach || at[axis] < low) found.push(axis);
    }
    return found.length ? found : [0, 1, 2, 3];
  }

  drag(event) {
    this.dragged = true;
    const { name, number, sides, from, corners } = this.grip;
    const at = this.at(name, event);
    this.move(name, number, corners, sides, [at[0] - from[0], at[1] - from[1]]);
  }

  key(name, number, event) {
    const moves = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    if (!(event.key in moves) || event.altKey || event.metaKey) return;
    const { step } = this.view.scene.byName.get(name);
    const far = event.ctrlKey ? 10 * step : step;
    const sides = event.shiftKey ? [2, 3] : [0, 1, 2, 3];
    this.move(name, number, this.corners(name, number), sides, moves[event.key].map((n) => n * far));
    event.preventDefault();
  }

  // Move some sides of a box, within what it lies on.
  move(name, number, corners, sides, by) {
    const panel = this.view.scene.byName.get(name);
    const { over, step } = panel;
    const { rows, columns } = this.view.scene.byName.get(over);
    const ends = [columns, rows];
    const whole = sides.length === 4;
    const moved = [...corners];
    for (const side of sides) {
      const axis = side % 2;
      const other = moved[side < 2 ? side + 2 : side - 2];
      const length = corners[axis + 2] - corners[axis];
      let low = 0;
      let high = whole ? ends[axis] - length : ends[axis];
      if (!by[axis] || (whole && side > 1)) continue; // of a whole box the first corner leads
      if (!whole && side < 2) high = Math.max(other - step, 0);
      if (!whole && side > 1) low = Math.min(other + step, ends[axis]);
      const wanted = Math.round((corners[side] + by[axis]) / step) * step;
      moved[side] = Math.min(Math.max(wanted, low), high);
    }
    if (whole) for (const axis of [0, 1]) moved[axis + 2] = moved[axis] + corners[axis + 2] - corners[axis];
    if (moved.every((part, place) => part === this.corners(name, number)[place])) return;
    const { held } = this;
    if (held && !held.sent && (held.name !== name || held.number !== number)) this.waiting.push(held);
    this.held = { name, number, corners: moved, sent: false };
    this.hurry();
    this.view.paintSoon();
  }

  // Only the newest place counts.
  hurry() {
    for (const box of [...this.waiting, this.held]) {
      if (!box || box.sent || this.flight.full) break;
      box.sent = true;
      const { name, number, corners } = box;
      this.flight.start({ type: "drag", panel: name, place: number, corners });
    }
    this.waiting = this.waiting.filter((box) => !box.sent);
  }

  // New data, or the reason why there is none.
  answered() {
    this.flight.land();
    this.hurry();
    if (!this.flight.flying.length) this.held = null;
    this.view.paintSoon();
  }
}

// The box of a panel that lies over `base` at a place in pixels: the smallest, or none.
export function boxAt(scene, base, x, y) {
  let best = null;
  for (const panel of scene.panels) {
    if (panel.over !== base || panel.movable) continue;
    panel.cells.forEach(([left, top, width, height], column) => {
      const outside = Math.max(left - x, x - left - width, top - y, y - top - height);
      if (outside > NEAR / 2 || (!panel.solid && outside < -NEAR / 2)) return;
      if (!best || width * height < best.area)
        best = { area: width * height, cell: { panel: panel.name, row: 0, column } };
    });
  }
  return best?.cell;
}

function cursorOf(sides) {
  if (sides.length === 4) return "move";
  if (sides.length === 1) return sides[0] % 2 ? "ns-resize" : "ew-resize";
  return sides[0] < 2 === sides[1] < 2 ? "nwse-resize" : "nesw-resize";
}
