/** A line of contents, as `contentsEntrySchema` in `format.ts` has it; built by hand because a backup writes millions. */
import { jsonName } from '../tar/byte-string.ts';
import type { TarEntry } from '../tar/tar-entry.ts';

/** Where content, or the header of what has none, lies. */
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

let lastSecond = Number.NaN;
let lastText = '';

/** RFC 3339 in UTC with nanoseconds. */
export const mtimeText = (seconds: number, nanoseconds: number): string => {
  if (seconds !== lastSecond) {
    lastSecond = seconds;
    lastText = new Date(seconds * 1000).toISOString().slice(0, -4);
  }
  return `${lastText}${String(nanoseconds).padStart(9, '0')}Z`;
};

let lastParsed = '';
let lastParsedSeconds = Number.NaN;
const FRACTION = /^\.\d{9}Z$/;
const FRACTION_LENGTH = '.123456789Z'.length;

/** The seconds and nanoseconds that `mtimeText` was made from. Throws `RangeError` for a text that it did not make. */
export const parseMtimeText = (text: string): { seconds: number; nanoseconds: number } => {
  const whole = text.slice(0, -FRACTION_LENGTH);
  const fraction = text.slice(-FRACTION_LENGTH);
  // Files that were unpacked together have the same second.
  if (whole !== lastParsed) {
    lastParsedSeconds = Date.parse(`${whole}Z`) / 1000;
    lastParsed = whole;
  }
  if (!FRACTION.test(fraction) || Number.isNaN(lastParsedSeconds))
    throw new RangeError(`not a time of contents: ${text}`);
  return { seconds: lastParsedSeconds, nanoseconds: Number(fraction.slice(1, -1)) };
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

/** Lines as bytes, one after the other: as one growing string they would be moved by every collection. */
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

  /** Forgets what was added: a job that was cancelled may have left something. */
  clear(): void {
    this.#used = 0;
  }

  /** A copy of what was added since it was cleared. */
  copy(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.subarray(0, this.#used));
  }
}
