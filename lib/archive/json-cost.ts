/**
 * Counts, byte by byte, what it would cost to parse a JSON text, before it is parsed. A parser takes some 50 bytes and
 * 100 nanoseconds for a value, and more for a level of nesting: a few kilobytes of a text that compresses well can keep
 * it busy for a minute.
 */
export interface JsonBounds {
  /** Objects and lists nested in each other. */
  readonly depth: number;
  /** Values of all kinds: each needs a comma, a bracket or a brace. */
  readonly values: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Goes through a text once. Does not check that it is JSON; it never counts too little. */
export class JsonMeter {
  readonly #bytes: Buffer;
  #at: number;
  /** Objects and lists open at this place. */
  depth = 0;
  values = 1;

  constructor(bytes: Uint8Array, from = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = from;
  }

  /** The place in the text: after the last byte that `next` returned. */
  get at(): number {
    return this.#at;
  }

  /** Goes on to the next byte outside of strings that counts, or to a string's first quote. Undefined at the end. */
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

  /** To be called after a string's first quote: goes on after its last one. */
  skipString(): void {
    const bytes = this.#bytes;
    for (let at = bytes.indexOf(QUOTE, this.#at); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
      let backslashes = 0;
      while (at - backslashes > this.#at && bytes[at - backslashes - 1] === BACKSLASH) backslashes += 1;
      // Each backslash escapes the next byte, and an odd number of them escapes the quote.
      if (backslashes % 2 === 1) continue;
      this.#at = at + 1;
      return;
    }
    this.#at = bytes.length;
  }
}

/** Why a text is too costly to parse; undefined when it is not. Takes a nanosecond or two for each byte. */
export const jsonExcess = (bytes: Uint8Array, { depth, values }: JsonBounds): string | undefined => {
  const meter = new JsonMeter(bytes);
  for (let byte = meter.next(); byte !== undefined; byte = meter.next()) {
    if (byte === QUOTE) meter.skipString();
    if (meter.depth > depth) return `is nested deeper than ${depth}`;
    if (meter.values > values) return `holds more than ${values} values`;
  }
  return undefined;
};
