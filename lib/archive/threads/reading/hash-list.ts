/** SHA-256 of many contents, one after the other in memory that may move from thread to thread. */
export const SHA256_BYTES = 32;

export class HashListBuilder {
  #bytes = Buffer.alloc(256 * SHA256_BYTES);
  #used = 0;

  /** @param sha256 in hex; undefined for an entry without one, which is then zeros. */
  add(sha256: string | undefined): void {
    if (this.#used === this.#bytes.length) {
      const grown = Buffer.alloc(2 * this.#used);
      this.#bytes.copy(grown);
      this.#bytes = grown;
    }
    if (sha256 !== undefined) this.#bytes.write(sha256, this.#used, 'hex');
    this.#used += SHA256_BYTES;
  }

  build(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.subarray(0, this.#used));
  }
}

/** Reads a hash from such a list. */
export const hashAt = (list: Uint8Array, index: number): Uint8Array =>
  list.subarray(index * SHA256_BYTES, (index + 1) * SHA256_BYTES);
