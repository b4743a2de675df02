/**
 * Checks an object's bytes against S3's checksum: of the whole, or, for some objects put in parts, of the parts'
 * checksums.
 */
import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';

interface Sum {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array | Promise<Uint8Array>;
}

class Crc32 implements Sum {
  #sum = 0;

  update(bytes: Uint8Array): void {
    this.#sum = crc32(bytes, this.#sum);
  }

  digest(): Uint8Array {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#sum);
    return bytes;
  }
}

const hashSum = (hash: Hash): Sum => ({
  update: (bytes) => void hash.update(bytes),
  digest: () => hash.digest(),
});

/** Checksums by the end of their header's name: `x-amz-checksum-crc32`. */
const algorithms: Readonly<Record<string, () => Sum>> = {
  crc32: () => new Crc32(),
  crc64nvme: () => new Crc64Nvme(),
  crc32c: () => new Crc32c(),
  sha256: () => hashSum(createHash('sha256')),
  sha1: () => hashSum(createHash('sha1')),
};

/** `<base64>`, or `<base64>-<number of parts>` for a checksum of checksums. */
const CHECKSUM = /^([A-Za-z0-9+/]+=*)(?:-(\d+))?$/;

/** Checks an object's bytes in one pass, from the first to the last. */
export class ContentCheck {
  readonly #expected: string;
  readonly #newSum: () => Sum;
  /** Sizes of the parts that are not complete yet; undefined for a checksum of the whole. */
  readonly #parts: number[] | undefined;
  readonly #whole: Sum;
  #part: Sum;

  private constructor(expected: string, newSum: () => Sum, parts: readonly number[] | undefined) {
    this.#expected = expected;
    this.#newSum = newSum;
    this.#parts = parts && [...parts];
    this.#whole = newSum();
    this.#part = newSum();
  }

  /**
   * Undefined when the headers of an answer have no known checksum, and when the sizes of the parts do not fit.
   *
   * @param partsOf returns the sizes of `count` parts; called when the checksum is one of theirs
   */
  static async of(
    headers: Readonly<Record<string, unknown>>,
    bytes: number,
    partsOf: (count: number) => Promise<readonly number[]>,
  ): Promise<ContentCheck | undefined> {
    for (const [name, newSum] of Object.entries(algorithms)) {
      const [, expected, count] = CHECKSUM.exec(String(headers[`x-amz-checksum-${name}`] ?? '')) ?? [];
      if (expected === undefined) continue;
      if (count === undefined) return new ContentCheck(expected, newSum, undefined);
      const parts = await partsOf(Number(count));
      const sum = parts.reduce((total, part) => total + part, 0);
      return sum === bytes ? new ContentCheck(expected, newSum, parts) : undefined;
    }
    return undefined;
  }

  async add(bytes: Uint8Array): Promise<void> {
    const parts = this.#parts;
    if (parts === undefined) {
      this.#whole.update(bytes);
      return;
    }
    for (let at = 0; at < bytes.byteLength; ) {
      const [left = 0] = parts;
      const piece = bytes.subarray(at, at + left);
      this.#part.update(piece);
      at += piece.byteLength;
      parts[0] = left - piece.byteLength;
      if (parts[0] === 0) await this.#endPart(parts);
    }
  }

  /** To be called when all bytes were added. */
  async matches(): Promise<boolean> {
    // An empty object that was put in parts has one part, without bytes.
    while (this.#parts?.[0] === 0) await this.#endPart(this.#parts);
    return Buffer.from(await this.#whole.digest()).toString('base64') === this.#expected;
  }

  async #endPart(parts: number[]): Promise<void> {
    this.#whole.update(await this.#part.digest());
    this.#part = this.#newSum();
    parts.shift();
  }
}
