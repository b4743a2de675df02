/** Changes bytes as bad disks, incomplete copies and faulty tools do. */
import type { Random } from './random.ts';

export interface Flipped {
  readonly bytes: Buffer;
  /** The changes, with their places. */
  readonly flips: readonly string[];
}

const LENGTHS = [1, 2, 16, 100, 512, 1_024, 4_096] as const;
const BLOCK_BYTES = 512;
/** The end describes everything else, so one place in four is chosen near it. */
const END_BYTES = 4_096;

/** A place anywhere, near the end, or at the beginning of a tar block. */
const placeIn = (random: Random, length: number): number => {
  switch (random.below(4)) {
    case 0:
      return Math.max(0, length - 1 - random.below(END_BYTES));
    case 1:
      return BLOCK_BYTES * random.below(Math.ceil(length / BLOCK_BYTES));
    default:
      return random.below(length);
  }
};

/** A range within the file, sometimes of whole blocks. */
const rangeIn = (random: Random, length: number): readonly [number, number] => {
  const from = Math.min(placeIn(random, length), length - 1);
  return [from, Math.min(length, from + random.pick(LENGTHS))];
};

type Flip = (random: Random, bytes: Buffer, others: readonly Buffer[]) => Flipped;

const changed = (bytes: Buffer, from: number, put: Buffer, what: string): Flipped => {
  const copy = Buffer.from(bytes);
  put.copy(copy, from);
  return { bytes: copy, flips: [what] };
};

const flipsOf: readonly Flip[] = [
  (random, bytes) => {
    const at = Math.min(placeIn(random, bytes.length), bytes.length - 1);
    const bit = random.below(8);
    return changed(bytes, at, Buffer.of((bytes[at] ?? 0) ^ (1 << bit)), `bit ${bit} of byte ${at}`);
  },
  (random, bytes) => {
    const at = Math.min(placeIn(random, bytes.length), bytes.length - 1);
    const value = random.below(256);
    return changed(bytes, at, Buffer.of(value), `byte ${at} is ${value}`);
  },
  (random, bytes) => {
    const [from, to] = rangeIn(random, bytes.length);
    return changed(
      bytes,
      from,
      Buffer.alloc(to - from, random.pick([0, 0, 255])),
      `${from} to ${to} are filled`,
    );
  },
  (random, bytes) => {
    const [from, to] = rangeIn(random, bytes.length);
    return changed(bytes, from, random.bytes(to - from), `${from} to ${to} are random`);
  },
  (random, bytes) => {
    const at = placeIn(random, bytes.length + 1);
    return { bytes: bytes.subarray(0, at), flips: [`cut at ${at}`] };
  },
  (random, bytes) => {
    const [from, to] = rangeIn(random, bytes.length);
    return {
      bytes: Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]),
      flips: [`${from} to ${to} twice`],
    };
  },
  (random, bytes) => {
    const [from, to] = rangeIn(random, bytes.length);
    return {
      bytes: Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]),
      flips: [`${from} to ${to} are gone`],
    };
  },
  (random, bytes) => {
    const at = placeIn(random, bytes.length + 1);
    const length = random.pick(LENGTHS);
    const put = random.pick([Buffer.alloc(length), random.bytes(length)]);
    return {
      bytes: Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at)]),
      flips: [`${length} bytes more at ${at}`],
    };
  },
  (random, bytes) => {
    const [from, to] = rangeIn(random, bytes.length);
    const other = Math.min(placeIn(random, bytes.length), bytes.length - (to - from));
    const [one, two] = [bytes.subarray(from, to), bytes.subarray(other, other + to - from)];
    const exchanged = changed(bytes, from, two, `${from} to ${to} change places with ${other}`);
    one.copy(exchanged.bytes, other);
    return exchanged;
  },
  // Replaces a range by bytes from another valid file of the same owner, from the same place or from a
  // different one.
  (random, bytes, others) => {
    const other = random.pick(others);
    const [from, to] = rangeIn(random, Math.min(bytes.length, other.length));
    const at = random.pick([from, Math.min(placeIn(random, bytes.length), bytes.length - (to - from))]);
    return changed(bytes, at, other.subarray(from, to), `${from} to ${to} of another file at ${at}`);
  },
  (random, bytes, others) => {
    const other = random.pick(others);
    const at = Math.min(placeIn(random, bytes.length), other.length);
    return {
      bytes: Buffer.concat([bytes.subarray(0, at), other.subarray(at)]),
      flips: [`from ${at} on another file`],
    };
  },
];

/**
 * Makes one to three changes, which sometimes have no effect.
 *
 * @param others valid files from which pieces are copied
 */
export const flipped: Flip = (random, bytes, others) => {
  let now: Flipped = { bytes, flips: [] };
  for (let count = random.pick([1, 1, 1, 2, 3]); count > 0 && now.bytes.length > 0; count -= 1) {
    const next = random.pick(flipsOf)(random, now.bytes, others);
    now = { bytes: next.bytes, flips: [...now.flips, ...next.flips] };
  }
  return now;
};
