/** Segments are listed in groups, each by its own contents member. This file says where a group ends. */
import { MAX_CONTENTS_SEGMENTS } from '../format.ts';

/** Entries of a contents member: a quarter of what the format allows keeps memory small and a page of contents quick to open. */
export const GROUP_ENTRIES = 16_384;
/** Bytes of names in a contents member, so that long names do not make it huge. */
export const GROUP_NAME_BYTES = 8 * 1024 * 1024;

/** Decides when a group of segments is full. Counts entries that were handed in: never fewer than were captured. */
export class GroupMeter {
  #segments = 0;
  #entries = 0;
  #nameBytes = 0;
  readonly #ends: () => boolean;

  /** @param ends whether a group must end early, however little it holds */
  constructor(ends: () => boolean = () => false) {
    this.#ends = ends;
  }

  /** Whether the segment must end before another entry. */
  get full(): boolean {
    if (this.#entries >= GROUP_ENTRIES || this.#nameBytes >= GROUP_NAME_BYTES) return true;
    return this.#entries > 0 && this.#ends();
  }

  /** Whether the group should close with the segment that has just ended. */
  get due(): boolean {
    return this.full || this.#segments >= MAX_CONTENTS_SEGMENTS;
  }

  get empty(): boolean {
    return this.#segments === 0;
  }

  addEntry(nameBytes: number): void {
    this.#entries += 1;
    this.#nameBytes += nameBytes;
  }

  addSegment(): void {
    this.#segments += 1;
  }

  reset(): void {
    this.#segments = 0;
    this.#entries = 0;
    this.#nameBytes = 0;
  }
}
