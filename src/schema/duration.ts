// Durations: milliseconds of Go's text form, and the short form in which people are shown ages.
import { durationNanos } from "./decode-duration.ts";

/** Milliseconds of "1h30m"; undefined when it is no duration. */
export function durationMs(text: string): number | undefined {
  try {
    return Number(durationNanos(text)) / 1e6;
  } catch {
    return undefined;
  }
}

const day = 24;
const year = 365 * day;

/**
 * An age of about two figures, as tables show it: "45s", "5m30s", "3h", "2d3h", "400d", "3y40d".
 */
export function printAge(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return two(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return two(hours, "h", minutes % 60, "m");
  if (hours < 2 * day) return `${hours}h`;
  const days = Math.trunc(hours / day);
  if (hours < 8 * day) return two(days, "d", hours % day, "h");
  if (hours < 2 * year) return `${days}d`;
  const years = Math.trunc(hours / year);
  return hours < 8 * year ? two(years, "y", days % 365, "d") : `${years}y`;
}

const two = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`;
