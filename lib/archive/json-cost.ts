/**
 * What it would cost to parse a JSON text, counted byte by byte before anybody does. A parser takes some 50 bytes and 100
 * nanoseconds for a value, and more for a level of nesting: of a text that compresses well, a few kilobytes are enough
 * to keep one busy for a minute.
 */
export interface JsonBounds {
  /** Objects and lists within each other. */
  readonly depth: number;
  /** Values of all kinds: each takes a comma, a bracket or a brace. */
  readonly values: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Goes through a text once. Whether it is JSON is not asked: it only never counts less than is there. */
export class JsonMeter {
  readonly #bytes: Buffer;
  #at: number;
  /** Objects and lists that are open. */
  depth = 0;
  values = 1;

  constructor(bytes: Uint8Array, from = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = from;
  }

  /** Where it stands: behind what `next` has told. */
  get at(): number {
    return this.#at;
  }

  /** Goes on to the next byte outside of strings that counts, or to a string's first quote; undefined at the end. */
  next(): number | undefined {
    const bytes = this.#bytes;
    while (this.#at < bytes.length) {
      const byte = bytes[this.#at] ?? 0;
      this.#at += 1;
      switch (byte) {
        case QUOTE:
          return byte;
        case COMMA:
          this.values += 1;
          return byte;
        case OPEN_LIST:
        case OPEN_OBJECT:
          this.values += 1;
          this.depth += 1;
          return byte;
        case CLOSE_LIST:
        case CLOSE_OBJECT:
          this.depth -= 1;
          return byte;
      }
    }
    return undefined;
  }

  /** Behind a string's first quote: goes on behind its last one. */
  skipString(): void {
    const bytes = this.#bytes;
    for (let at = bytes.indexOf(QUOTE, this.#at); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
      let backslashes = 0;
      while (at - backslashes > this.#at && bytes[at - backslashes - 1] === BACKSLASH) backslashes += 1;
      // Each of them speaks of the next byte, and the last one of the quote.
      if (backslashes % 2 === 1) continue;
      this.#at = at + 1;
      return;
    }
    this.#at = bytes.length;
  }
}

/** Why a text is not to be parsed; undefined when it may be. Takes a nanosecond or two for each byte. */
export const jsonExcess = (bytes: Uint8Array, { depth, values }: JsonBounds): string | undefined => {
  const meter = new JsonMeter(bytes);
  for (let byte = meter.next(); byte !== undefined; byte = meter.next()) {
    if (byte === QUOTE) meter.skipString();
    if (meter.depth > depth) return `is nested deeper than ${depth}`;
    if (meter.values > values) return `holds more than ${values} values`;
  }
  return undefined;
};
