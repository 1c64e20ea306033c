// Colours of the theme, and of numbers.

import { HUE, LOOK } from "./data.js";

export function themeOf(document) {
  const { jpThemeLight } = document.body.dataset;
  if (jpThemeLight !== undefined) return jpThemeLight === "false" ? "dark" : "light";
  return document.body.classList.contains("vscode-dark") ? "dark" : "light";
}

// The colour of a role, of the theme's text, quiet or line, or of a place on the circle of hues.
export function inkOf(name, theme) {
  const look = LOOK[theme];
  if (!name.startsWith(HUE)) return look.roles[name] ?? look[name];
  const place = Number(name.slice(HUE.length)) * look.hues.length;
  const below = Math.floor(place);
  const [one, other] = [below, below + 1].map((at) => look.hues[at % look.hues.length]);
  const mixed = one.map((part, at) => Math.floor(part + (other[at] - part) * (place - below) + 0.5));
  return "#" + mixed.map((part) => part.toString(16).padStart(2, "0")).join("");
}

// Numbers of shape rows x columns, or rows x columns x 3, as pixels.
export function mapColors({ values, rows, columns, depth, limits, colors }, theme) {
  const stops = LOOK[theme].maps[colors];
  const [low, high] = limits ?? [0, 1];
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
