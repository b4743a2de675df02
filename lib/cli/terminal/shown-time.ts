/** Times as people read them: on a terminal by this machine's clock, with its zone; elsewhere UTC, as in JSON. */
import { formatInstant } from './quantities.ts';

/** `2026-11-20 11:00:00 +01:00` on a terminal, `2026-11-20T10:00:00Z` elsewhere; any other text unchanged. */
export const shownTime = (instant: string): string =>
  process.stdout.isTTY ? localTime(instant) : formatInstant(instant);

/** For columns. */
export const shownTimeWidth = (): number => (process.stdout.isTTY ? 26 : 20);

/** The local time of this machine (TZ), with its difference from UTC. */
export const localTime = (instant: string): string => {
  const time = new Date(instant);
  if (Number.isNaN(time.getTime())) return formatInstant(instant);
  const ahead = -time.getTimezoneOffset();
  const wall = new Date(time.getTime() + ahead * 60_000).toISOString();
  const [hours, minutes] = [Math.floor(Math.abs(ahead) / 60), Math.abs(ahead) % 60];
  const zone = `${ahead < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`;
  return `${wall.slice(0, 10)} ${wall.slice(11, 19)} ${zone}`;
};

const two = (n: number): string => String(n).padStart(2, '0');
