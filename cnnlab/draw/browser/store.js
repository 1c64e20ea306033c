// Scenes by settings, and the controls whose values are the settings.

import { Scene } from "./scene.js";

// Arrays come once and are named by their digest.
export class Store {
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
export async function findControls(model) {
  const manager = model.widget_manager;
  if (!manager) return [];
  const names = model.get("controls").map((name) => name.replace("IPY_MODEL_", ""));
  return Promise.all(names.map((name) => manager.get_model(name)));
}

// The same text as Explorer._key in Python.
export function settingsKey(controls) {
  const values = controls.map((control) => {
    // A choice has only its place in common with the kernel, not its value.
    const value = control.get(control.has("index") ? "index" : "value");
    if (typeof value !== "number") return value;
    const rounded = Number(value.toFixed(6));
    return Number.isInteger(rounded) ? rounded : rounded.toFixed(6);
  });
  return JSON.stringify(values);
}
