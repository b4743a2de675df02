/** Random choices that depend only on a seed and a number. */
import { randomFrom } from '../../random-pieces.ts';

export class Random {
  readonly #next: (below: number) => number;

  /** The choices for case `number` of a seed: each case is independent, so it can run alone. */
  constructor(seed: number, number: number) {
    const ofSeed = randomFrom(seed);
    ofSeed(2);
    this.#next = randomFrom((ofSeed(2 ** 32) ^ Math.imul(number + 1, 0x9e3779b1)) >>> 0);
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    return this.#next(limit);
  }

  between(least: number, most: number): number {
    return least + this.#next(most - least + 1);
  }

  chance(oneIn: number): boolean {
    return this.#next(oneIn) === 0;
  }

  pick<T>(list: readonly T[]): T {
    const at = this.#next(list.length);
    for (const picked of list.slice(at, at + 1)) return picked;
    throw new RangeError('nothing to pick from');
  }

  shuffled<T>(list: readonly T[]): T[] {
    const all = [...list];
    for (let at = all.length - 1; at > 0; at -= 1) {
      const other = this.#next(at + 1);
      const [a, b] = [all[at], all[other]];
      if (a !== undefined && b !== undefined) {
        all[at] = b;
        all[other] = a;
      }
    }
    return all;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length; at += 1) bytes[at] = this.#next(256);
    return bytes;
  }

  /** Content that is cheap to make and differs from other content. */
  content(length: number): Buffer {
    const unit = this.bytes(this.between(1, 64));
    return Buffer.alloc(length, unit);
  }
}
