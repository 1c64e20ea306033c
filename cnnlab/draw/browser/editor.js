// A number that is typed into a cell. The kernel is told; it sends the new scenes.

import { readNumber } from "./numbers.js";

export class Editor {
  constructor(view) {
    this.view = view;
    this.input = null;
  }

  // Open over a cell; `typed` is what the key that opened it has typed already.
  open(cell, over, typed) {
    if (this.input) return;
    const { view } = this;
    const panel = view.scene.byName.get(cell.panel);
    const input = document.createElement("input");
    input.className = "cnnlab-editor";
    over.append(input);
    this.input = input;
    view.tell();
    const side = over.clientWidth / panel.columns;
    Object.assign(input.style, {
      left: `${(cell.column + 0.5) * side}px`,
      top: `${(cell.row + 0.5) * side}px`,
      width: `${Math.max(side, 64)}px`,
      height: `${Math.max(side, 26)}px`,
    });
    input.setAttribute("aria-label", `${panel.title}, row ${cell.row}, column ${cell.column}`);
    input.inputMode = "text"; // a pad of digits has no minus and no stroke of a fraction
    input.value = typed ?? String(view.scene.value(cell));
    input.focus();
    if (typed === undefined) input.select();
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Tab") this.close(cell, over, true);
      else if (event.key === "Escape") this.close(cell, over, false);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    input.addEventListener("blur", () => this.close(cell, over, true, false));
    input.addEventListener("click", (event) => event.stopPropagation());
  }

  close(cell, over, keep, stay = true) {
    const { input, view } = this;
    if (!input) return;
    this.input = null;
    const value = keep ? readNumber(input.value) : undefined;
    input.remove();
    if (stay) over.focus(); // else the student has gone elsewhere already
    if (!keep) return;
    if (value === undefined) {
      view.tell(`“${input.value}” is no number: type one like 2, −0.5 or 1/9.`);
    } else if (view.scene.byName.has(cell.panel)) {
      if (!view.problem && value === view.scene.value(cell)) return;
      const { panel, row, column } = cell;
      view.send({ type: "edit", panel, row, column, value });
    }
  }
}
