// The pen on a paintable picture. The kernel paints; until its picture comes, a line shows the way.

import { Flight } from "./flight.js";

export class Pen {
  constructor(view) {
    this.view = view;
    this.flight = new Flight((message) => view.send(message));
    this.on = null; // the panel that is painted on, while the pen is down
    this.panel = null; // the one that was painted on last
    this.trail = []; // places that no scene shows yet, [row, column]; null lifts the pen
    this.unsent = 0; // how many of them, from the end, the kernel does not know
  }

  // The pen passed where the pointer was.
  follow(name, event) {
    const { rows, columns } = this.view.scene.byName.get(name);
    const box = event.currentTarget.getBoundingClientRect();
    const events = event.getCoalescedEvents?.() ?? [];
    for (const { clientX, clientY } of events.length ? events : [event])
      this.stroke(name, [
        ((clientY - box.top) / box.height) * rows - 0.5,
        ((clientX - box.left) / box.width) * columns - 0.5,
      ]);
  }

  stroke(name, at) {
    this.panel = name;
    this.trail.push(at);
    this.unsent++;
    this.hurry();
    this.view.paintSoon();
  }

  // Send what the kernel does not know yet, if it is not too far behind.
  hurry() {
    if (!this.unsent || this.flight.full) return;
    const points = this.trail.slice(-this.unsent);
    const from = this.last ? [this.last] : [];
    this.last = points.at(-1);
    this.unsent = 0;
    this.flight.start({ type: "stroke", panel: this.panel, points: [...from, ...points] }, points.length);
  }

  // The next stroke does not go on from here.
  lift() {
    this.on = null;
    if (this.unsent) {
      this.trail.push(null);
      this.unsent++;
    } else this.last = null;
  }

  // New data, or the reason why there is none: the oldest places are shown by now.
  answered() {
    this.trail.splice(0, this.flight.land());
    this.hurry();
    this.view.paintSoon();
  }
}
