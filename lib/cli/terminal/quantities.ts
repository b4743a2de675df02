/** Sizes, counts and times as people read them; the same in every locale. */
import { visible } from './visible-text.ts';

export { formatBytes } from '../../model/text/byte-count.ts';

export const formatCount = (count: number): string =>
  String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');

/** `1 entry`, `2,345 entries`. */
export const countOf = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

/** `350 ms`, `4.2 s`, `3 min 05 s`, `2 h 03 min`. */
export const formatDuration = (milliseconds: number): string => {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
};

/** The time that is left, as a countdown: `00:07`, `1:02:03`. */
export const formatCountdown = (milliseconds: number): string => {
  const seconds = Math.ceil(Math.max(0, milliseconds) / 1000);
  const clock = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 3600 ? clock : `${Math.floor(seconds / 3600)}:${clock}`;
};

/** An instant of a record in UTC to the second; any other text unchanged. */
export const formatInstant = (instant: string): string => {
  const time = Date.parse(instant);
  return Number.isNaN(time) ? visible(instant) : new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
};

/** The time from one instant of a record to another, or '' when one is missing. */
export const formatSpan = (from: string, to: string): string => {
  const span = Date.parse(to) - Date.parse(from);
  return Number.isNaN(span) ? '' : formatDuration(span);
};

const two = (n: number): string => String(n).padStart(2, '0');
