/**
 * A line of contents, as `contentsEntrySchema` in `format.ts` describes it; built by hand because a backup writes
 * millions.
 */
import { jsonName } from '../tar/byte-string.ts';
import type { TarEntry } from '../tar/tar-entry.ts';

/** Where an entry's content lies, or its header when it has no content. */
export interface PlacedPiece {
  readonly segment: number;
  readonly offset: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Placement {
  readonly segment: number;
  readonly offset: number;
  readonly sha256?: string | undefined;
  readonly pieces?: readonly PlacedPiece[] | undefined;
  readonly changed?: boolean | undefined;
}

const DAY_SECONDS = 86_400;
/** A time of day, `14:37:48`. */
const TIME_LENGTH = 8;
const ZERO = 0x30;
const FRACTION_LENGTH = '.123456789Z'.length;

const twoDigits = (value: number): string => (value < 10 ? `0${value}` : String(value));

/** Nearly every file of a tree has its own second, but few have their own day: only days are made by `Date`. */
let madeDay = Number.NaN;
let madeDayText = '';

/** RFC 3339 in UTC with nanoseconds. */
export const mtimeText = (seconds: number, nanoseconds: number): string => {
  const day = Math.floor(seconds / DAY_SECONDS);
  if (day !== madeDay) {
    madeDay = day;
    madeDayText = new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, -'00:00:00.000Z'.length);
  }
  const second = seconds - day * DAY_SECONDS;
  const minute = Math.floor(second / 60);
  const time = `${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}:${twoDigits(second % 60)}`;
  return `${madeDayText}${time}.${String(nanoseconds).padStart(9, '0')}Z`;
};

/** The last day read, up to and including the `T`: most entries of a tree share a few days. */
let parsedDayText = '';
let parsedDaySeconds = Number.NaN;

/** The value of two digits, the first at most `most`; NaN for anything else. */
const twoDigitsAt = (text: string, at: number, most: number): number => {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= most && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
};

/** Seconds since midnight of the time at `at` in `text`; NaN when there is none. */
const secondOfDay = (text: string, at: number): number => {
  const hour = twoDigitsAt(text, at, 2);
  if (hour > 23 || text[at + 2] !== ':' || text[at + 5] !== ':') return Number.NaN;
  return (hour * 60 + twoDigitsAt(text, at + 3, 5)) * 60 + twoDigitsAt(text, at + 6, 5);
};

/** The nanoseconds from the point, nine digits and `Z` at `at`; NaN for anything else. */
const nanosecondsAt = (text: string, at: number): number => {
  if (text[at] !== '.' || text[at + 10] !== 'Z') return Number.NaN;
  let value = 0;
  for (let place = at + 1; place < at + 10; place += 1) {
    const digit = text.charCodeAt(place) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
};

/**
 * The seconds at a day's midnight. NaN for dates that `Date.parse` accepts and stricter readers do not (30 February,
 * names of months).
 */
const secondsOfDay = (day: string): number => {
  const time = Date.parse(`${day}00:00:00.000Z`);
  const isAsWritten = !Number.isNaN(time) && new Date(time).toISOString() === `${day}00:00:00.000Z`;
  return isAsWritten ? time / 1000 : Number.NaN;
};

/** The seconds and nanoseconds that `mtimeText` was made from. @throws `RangeError` for a text that it did not make */
export const parseMtimeText = (text: string): { seconds: number; nanoseconds: number } => {
  const timeAt = text.length - FRACTION_LENGTH - TIME_LENGTH;
  if (timeAt !== parsedDayText.length || !text.startsWith(parsedDayText)) {
    parsedDayText = text.slice(0, Math.max(0, timeAt));
    parsedDaySeconds = secondsOfDay(parsedDayText);
  }
  const seconds = parsedDaySeconds + secondOfDay(text, timeAt);
  const nanoseconds = nanosecondsAt(text, timeAt + TIME_LENGTH);
  if (Number.isNaN(seconds) || Number.isNaN(nanoseconds))
    throw new RangeError(`not a time as contents have it: ${text}`);
  return { seconds, nanoseconds };
};

export const contentsLine = (entry: TarEntry, type: string, placement: Placement): string => {
  let line = `{${jsonName('path', entry.path)},"type":"${type}","size":${entry.size},"mode":${entry.mode},"mtime":"${mtimeText(entry.mtimeSeconds, entry.mtimeNanoseconds)}","uid":${entry.uid},"gid":${entry.gid},`;
  if (entry.link !== '') line += `${jsonName('link', entry.link)},`;
  line += `"segment":${placement.segment},"offset":${placement.offset}`;
  if (placement.sha256 !== undefined) line += `,"sha256":"${placement.sha256}"`;
  if (placement.pieces !== undefined) line += `,"pieces":${JSON.stringify(placement.pieces)}`;
  if (placement.changed === true) line += ',"changed":true';
  return `${line}}\n`;
};

/** Lines as bytes, one after the other: one growing string would be moved by every garbage collection. */
export class LineBuffer {
  #bytes = Buffer.allocUnsafeSlow(64 * 1024);
  #used = 0;

  add(line: string): void {
    // A UTF-16 unit takes at most three bytes.
    if (this.#used + 3 * line.length > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(2 * this.#bytes.length + 3 * line.length);
      this.#bytes.copy(grown, 0, 0, this.#used);
      this.#bytes = grown;
    }
    this.#used += this.#bytes.write(line, this.#used);
  }

  /** Drops all lines added: a cancelled job may have left some. */
  clear(): void {
    this.#used = 0;
  }

  /** A copy of the lines added since `clear`. */
  copy(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.subarray(0, this.#used));
  }
}
