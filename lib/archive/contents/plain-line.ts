/**
 * A line of contents in the form in which nearly all are written: a file or a folder, its name plain ASCII. One pattern
 * shows that it is an entry and says nothing twice; `contents-lines.ts` parses any other line as JSON.
 */
import type { ContentsEntry } from '../format.ts';
import { MAX_NAME_CHARACTERS } from './contents-bounds.ts';

/** Patterns for the JSON strings and numbers that have one form only. Fifteen digits are a safe integer. */
const TEXT = '"[ !#-[\\]-~]*"';
const COUNT = '(?:0|[1-9]\\d{0,14})';

/** The keys in the order in which `contentsLine` writes them. */
const PLAIN_LINE = new RegExp(
  `^\\{"path":${TEXT},"type":"(?:file|directory)","size":${COUNT},"mode":${COUNT},"mtime":${TEXT},"uid":${COUNT},"gid":${COUNT},` +
    `"segment":[1-9]\\d{0,14},"offset":${COUNT}(?:,"sha256":"[0-9a-f]{64}")?\\}$`,
);
const MAX_MODE = 0o7777;
const ZERO = 0x30;

/** Takes the values out of a line that matches the plain form, from the first to the last. */
class PlainValues {
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  /** @param before the text between the last value and this one */
  text(before: string): string {
    const from = this.#at + before.length;
    this.#at = this.#line.indexOf('"', from);
    return this.#line.slice(from, this.#at);
  }

  count(before: string): number {
    let at = this.#at + before.length;
    let value = 0;
    for (;;) {
      const digit = this.#line.charCodeAt(at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
      at += 1;
    }
    this.#at = at;
    return value;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#line.length - 1;
  }
}

/**
 * Returns the entry, which keeps the rules of `contents-rules.ts`; undefined for a line in another form, valid or not.
 */
export const plainEntry = (line: string): ContentsEntry | undefined => {
  // Capture groups would take the values out as well, but make more garbage than all else that is done for an entry.
  if (!PLAIN_LINE.test(line)) return undefined;
  const values = new PlainValues(line);
  const path = values.text('{"path":"');
  const type = values.text('","type":"') === 'file' ? 'file' : 'directory';
  const size = values.count('","size":');
  const mode = values.count(',"mode":');
  const mtime = values.text(',"mtime":"');
  const uid = values.count('","uid":');
  const gid = values.count(',"gid":');
  const segment = values.count(',"segment":');
  const offset = values.count(',"offset":');
  if (path.length > MAX_NAME_CHARACTERS || mode > MAX_MODE) return undefined;
  const hasHash = !values.isAtEnd;
  // A content without a hash and a folder with one are faults; `contents-rules.ts` words them.
  if (type === 'file' ? !hasHash : size > 0 || hasHash) return undefined;
  const entry: ContentsEntry = { path, type, size, mode, mtime, uid, gid, segment, offset };
  if (hasHash) entry.sha256 = values.text(',"sha256":"');
  return entry;
};
