// How numbers are written, the same as in scene/numbers.py, and how typed ones are read.

import { HUGE } from "./data.js";

export function formatNumber(value, digits) {
  if (Math.abs(value) >= HUGE)
    return value.toExponential(2).replace(".00e", "e").replace("-", "−");
  let text = Math.abs(value).toFixed(digits);
  if (text.includes(".")) text = text.replace(/\.?0+$/, "");
  return value < 0 && text !== "0" ? "−" + text : text;
}

// Whether the written number is the number itself, up to the noise of floats.
export function isExact(value, digits) {
  const written = Number(formatNumber(value, digits).replace("−", "-"));
  return Math.abs(written - value) <= 1e-12 * Math.max(1, Math.abs(value));
}

// "2", "-0.5", "−0,5" or "1/9"; undefined if it is no number.
export function readNumber(text) {
  const plain = text.trim().replaceAll("−", "-").replaceAll(",", ".");
  const decimal = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
  const parts = plain.split("/").map((part) => (decimal.test(part.trim()) ? Number(part) : NaN));
  const value = parts.length === 2 ? parts[0] / parts[1] : parts[0];
  return parts.length <= 2 && Number.isFinite(value) ? value : undefined;
}
