/**
 * Figures as people read them: two digits that count, and the unit that fits.
 *
 * @module
 */
import type { Unit } from "./question.js";

/** A figure in the unit of its question; `–` for none. */
export function formatFigure(value: number, unit: Unit): string {
  if (Number.isNaN(value)) return "–";
  if (unit === "per second") return `${Math.round(value).toLocaleString("en")}/s`;
  return duration(unit === "ms" ? value * 1000 : value);
}

/** What a figure is of another: `× 12`. */
export function formatRatio(ratio: number): string {
  if (Number.isNaN(ratio)) return "–";
  return `× ${digits(ratio)}`;
}

/** What is measured of what it may be, in whole percents: 100 % at most if it is no more, 101 % at least if it is. */
export function formatPart(part: number): string {
  const percents = part * 100;
  return `${part > 1 ? Math.max(101, Math.round(percents)) : Math.min(100, Math.round(percents))} %`;
}

/** Microseconds, in the unit that fits. */
function duration(microseconds: number): string {
  const size = Math.abs(microseconds);
  if (size < 1 - 0.005) return `${digits(microseconds * 1000)} ns`;
  if (size < 1000 - 5) return `${digits(microseconds)} µs`;
  if (size < 1_000_000 - 5000) return `${digits(microseconds / 1000)} ms`;
  return `${digits(microseconds / 1_000_000)} s`;
}

function digits(value: number): string {
  if (Math.abs(value) >= 99.5) return Math.round(value).toLocaleString("en");
  if (Math.abs(value) >= 9.95) return value.toFixed(0);
  return String(Number(value.toPrecision(2)));
}
