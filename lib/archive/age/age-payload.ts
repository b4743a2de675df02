/**
 * The payload of an age v1 file: STREAM over ChaCha20-Poly1305 in chunks of 64 KiB, on node:crypto.
 * Key wrapping and headers are in `age-header.ts`. Everything here is synchronous: callers are worker threads
 * that hold whole segments, and a call per chunk into the event loop would cost more than the cipher.
 *
 * The rules are those of https://c2sp.org/age, checked against the whole CCTV vector set.
 */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { ArchiveError } from '../errors.ts';
import { freeBuffer } from './free-buffer.ts';

export const AGE_CHUNK_BYTES = 64 * 1024;
export const AGE_TAG_BYTES = 16;
/** The nonce lies between the header and the first chunk. */
export const AGE_NONCE_BYTES = 16;
const SEALED_CHUNK_BYTES = AGE_CHUNK_BYTES + AGE_TAG_BYTES;
const ALGORITHM = 'chacha20-poly1305';
const { min } = Math;
const OPTIONS = { authTagLength: AGE_TAG_BYTES };

/** The key of one file's payload, from its 16-byte file key and its 16-byte nonce. */
export const derivePayloadKey = (fileKey: Uint8Array, nonce: Uint8Array): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32)));

/** Size of the sealed chunks of `plainBytes` bytes, without header and nonce. */
export const sealedPayloadBytes = (plainBytes: number): number =>
  plainBytes + Math.max(1, Math.ceil(plainBytes / AGE_CHUNK_BYTES)) * AGE_TAG_BYTES;

/** Number of plain bytes in a payload of `sealedBytes`. @throws `age_malformed` for a length that no payload has */
export const openedPayloadBytes = (sealedBytes: number): number => {
  const chunks = Math.ceil(sealedBytes / SEALED_CHUNK_BYTES);
  const lastBytes = sealedBytes - (chunks - 1) * SEALED_CHUNK_BYTES;
  if (chunks === 0 || lastBytes < AGE_TAG_BYTES) throw cut();
  return sealedBytes - chunks * AGE_TAG_BYTES;
};

/** Seals and opens chunks in order. Eleven bytes of the nonce count the chunks, the twelfth marks the last one. */
class ChunkCipher {
  readonly #key: KeyObject;
  readonly #nonce = Buffer.alloc(12);
  #chunk = 0;

  constructor(key: KeyObject) {
    this.#key = key;
  }

  get chunk(): number {
    return this.#chunk;
  }

  #nextNonce(last: boolean): Buffer {
    // 2^48 chunks are 16 EiB: the upper five bytes of the counter stay zero.
    this.#nonce.writeUIntBE(this.#chunk, 5, 6);
    this.#nonce[11] = last ? 1 : 0;
    this.#chunk += 1;
    return this.#nonce;
  }

  /** Writes ciphertext and tag at `at`; returns the place after them. */
  seal(plain: Uint8Array, last: boolean, out: Uint8Array, at: number): number {
    const cipher = createCipheriv(ALGORITHM, this.#key, this.#nextNonce(last), OPTIONS);
    const sealed = cipher.update(plain);
    out.set(sealed, at);
    freeBuffer(sealed);
    cipher.final();
    out.set(cipher.getAuthTag(), at + plain.length);
    return at + plain.length + AGE_TAG_BYTES;
  }

  /** Returns the plain bytes, or undefined when they do not authenticate; the same chunk may then be tried again. */
  open(sealed: Uint8Array, last: boolean): Buffer | undefined {
    const plain = Buffer.allocUnsafeSlow(sealed.length - AGE_TAG_BYTES);
    return this.openInto(sealed, last, plain, 0) ? plain : undefined;
  }

  /**
   * Writes the plain bytes at `at`, which may be where `sealed` itself begins, or before. Returns false when they do
   * not authenticate: then the written bytes must not be used, and the same chunk may be tried again, unless it was
   * overwritten.
   */
  openInto(sealed: Uint8Array, last: boolean, out: Uint8Array, at: number): boolean {
    const bytes = sealed.length - AGE_TAG_BYTES;
    const chunk = this.#chunk;
    const decipher = createDecipheriv(ALGORITHM, this.#key, this.#nextNonce(last), OPTIONS);
    decipher.setAuthTag(sealed.subarray(bytes));
    const plain = decipher.update(sealed.subarray(0, bytes));
    out.set(plain, at);
    freeBuffer(plain);
    try {
      decipher.final();
      return true;
    } catch {
      this.#chunk = chunk;
      return false;
    }
  }
}

const malformed = (what: string): ArchiveError =>
  new ArchiveError('age_malformed', `an encrypted file ${what}; take another copy of the archive`);

const cut = (): ArchiveError =>
  new ArchiveError(
    'age_malformed',
    'an encrypted file is cut short: its last chunk is missing or incomplete',
  );

/**
 * Seals all of `plain` into `out` from `at`; `out` needs `sealedPayloadBytes(plain.length)` there.
 * Returns the place after the last byte written. A payload key seals one payload only.
 */
export const sealPayload = (key: KeyObject, plain: Uint8Array, out: Uint8Array, at = 0): number => {
  const cipher = new ChunkCipher(key);
  let from = 0;
  let to = at;
  for (; plain.length - from > AGE_CHUNK_BYTES; from += AGE_CHUNK_BYTES) {
    to = cipher.seal(plain.subarray(from, from + AGE_CHUNK_BYTES), false, out, to);
  }
  return cipher.seal(plain.subarray(from), true, out, to);
};

/**
 * Opens a payload that is in memory as a whole, and leaves the sealed bytes unchanged.
 *
 * @throws as `openPayloadInPlace`
 */
export const openPayload = (key: KeyObject, sealed: Uint8Array): Buffer => {
  const own = Buffer.allocUnsafeSlow(sealed.length);
  own.set(sealed);
  const { length } = openPayloadInPlace(key, own);
  return own.subarray(0, length);
};

/**
 * Opens a payload in its own memory: the plain bytes overwrite it from its beginning, and are returned.
 *
 * @throws `age_malformed`; the memory then holds nothing usable.
 */
export const openPayloadInPlace = (key: KeyObject, sealed: Uint8Array): Uint8Array => {
  const cipher = new ChunkCipher(key);
  const plainBytes = openedPayloadBytes(sealed.length);
  let at = 0;
  for (let from = 0; from < sealed.length; from += SEALED_CHUNK_BYTES) {
    const chunk = sealed.subarray(from, from + SEALED_CHUNK_BYTES);
    const last = from + chunk.length === sealed.length;
    if (last && from > 0 && chunk.length === AGE_TAG_BYTES) throw malformed('ends in an empty chunk');
    if (!cipher.openInto(chunk, last, sealed, at)) throw malformed('was changed or cut');
    at += chunk.length - AGE_TAG_BYTES;
  }
  return sealed.subarray(0, plainBytes);
};

/** Gathers pieces of any size into chunks, holding one back until it is known whether it is the last. */
class ChunkGatherer {
  readonly #chunkBytes: number;
  readonly #take: (chunk: Uint8Array, last: boolean) => void;
  readonly #held: Buffer;
  #heldBytes = 0;
  #ended = false;

  constructor(chunkBytes: number, take: (chunk: Uint8Array, last: boolean) => void) {
    this.#chunkBytes = chunkBytes;
    this.#take = take;
    this.#held = Buffer.allocUnsafeSlow(chunkBytes);
  }

  update(piece: Uint8Array): void {
    if (this.#ended) throw new Error('there are bytes after the end of an age payload');
    let from = 0;
    while (from < piece.length) {
      const left = piece.length - from;
      if (this.#heldBytes === 0 && left > this.#chunkBytes) {
        this.#take(piece.subarray(from, from + this.#chunkBytes), false);
        from += this.#chunkBytes;
      } else if (this.#heldBytes === this.#chunkBytes) {
        this.#heldBytes = 0;
        this.#take(this.#held, false);
      } else {
        const room = this.#chunkBytes - this.#heldBytes;
        const bytes = min(left, room);
        this.#held.set(bytes === piece.length ? piece : piece.subarray(from, from + bytes), this.#heldBytes);
        this.#heldBytes += bytes;
        from += bytes;
      }
    }
  }

  end(): void {
    if (this.#ended) throw new Error('the end of an age payload was written twice');
    this.#ended = true;
    this.#take(this.#held.subarray(0, this.#heldBytes), true);
  }
}

/** Seals plain bytes given in any pieces. For every chunk, `write` gets a new buffer that it may keep. */
export class PayloadSealer {
  readonly #gatherer: ChunkGatherer;

  constructor(key: KeyObject, write: (sealed: Buffer) => void) {
    const cipher = new ChunkCipher(key);
    this.#gatherer = new ChunkGatherer(AGE_CHUNK_BYTES, (chunk, last) => {
      const sealed = Buffer.allocUnsafeSlow(chunk.length + AGE_TAG_BYTES);
      cipher.seal(chunk, last, sealed, 0);
      write(sealed);
    });
  }

  /** `plain` may be reused by the caller as soon as this returns. */
  update(plain: Uint8Array): void {
    this.#gatherer.update(plain);
  }

  /** Must be called at the end: without it the payload is cut, and no reader accepts it. */
  end(): void {
    this.#gatherer.end();
  }
}

/**
 * Opens a payload given in any pieces. `write` gets authenticated bytes only, in a buffer that it may keep; but until
 * `end` has returned, the payload may still turn out to be cut.
 */
export class PayloadOpener {
  readonly #gatherer: ChunkGatherer;

  constructor(key: KeyObject, write: (plain: Buffer) => void) {
    const cipher = new ChunkCipher(key);
    const failed = (chunk: Uint8Array, last: boolean): ArchiveError => {
      // A whole chunk that opens under the other mark is genuine, so its bytes are handed out before the payload is
      // refused: it continues after its last chunk, or ends without one.
      const plain = chunk.length === SEALED_CHUNK_BYTES ? cipher.open(chunk, !last) : undefined;
      if (plain === undefined)
        return malformed(`was changed or cut: chunk ${cipher.chunk} does not authenticate`);
      write(plain);
      return last ? cut() : malformed('continues after its last chunk');
    };
    this.#gatherer = new ChunkGatherer(SEALED_CHUNK_BYTES, (chunk, last) => {
      if (chunk.length < AGE_TAG_BYTES) throw cut();
      const first = cipher.chunk === 0;
      const plain = cipher.open(chunk, last);
      if (plain === undefined) throw failed(chunk, last);
      if (plain.length > 0) write(plain);
      else if (!first) throw malformed('ends in an empty chunk, which age does not allow');
    });
  }

  /** @throws `age_malformed` at the first chunk that does not authenticate */
  update(sealed: Uint8Array): void {
    this.#gatherer.update(sealed);
  }

  /** @throws `age_malformed` when the last chunk is missing, cut or not marked as the last */
  end(): void {
    this.#gatherer.end();
  }
}
