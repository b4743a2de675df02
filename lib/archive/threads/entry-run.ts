/** Consecutive entries in a form that crosses to a worker cheaply: a few strings and numbers, not thousands of objects. */
import type { ByteString } from '../tar/byte-string.ts';
import type { TarEntry, TarType } from '../tar/tar-entry.ts';

export interface EntryRun {
  readonly count: number;
  /** Paths joined by NUL, which no name holds. */
  readonly paths: string;
  readonly links: string;
  /** In memory of its own, which may move from thread to thread. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

const TYPES: readonly TarType[] = ['file', 'directory', 'symlink', 'hardlink'];
const FIELDS = 7;

/** Takes entries one by one, so that only their names and numbers are held. */
export class EntryRunBuilder {
  readonly #paths: string[] = [];
  readonly #links: string[] = [];
  #anyLink = false;
  #numbers = new Float64Array(256 * FIELDS);

  get count(): number {
    return this.#paths.length;
  }

  add(entry: TarEntry): void {
    const at = this.#paths.length * FIELDS;
    if (at === this.#numbers.length) {
      const grown = new Float64Array(2 * at);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    const numbers = this.#numbers;
    numbers[at] = TYPES.indexOf(entry.type);
    numbers[at + 1] = entry.mode;
    numbers[at + 2] = entry.uid;
    numbers[at + 3] = entry.gid;
    numbers[at + 4] = entry.size;
    numbers[at + 5] = entry.mtimeSeconds;
    numbers[at + 6] = entry.mtimeNanoseconds;
    this.#paths.push(entry.path);
    this.#links.push(entry.link);
    this.#anyLink ||= entry.link !== '';
  }

  build(): EntryRun {
    const count = this.#paths.length;
    return {
      count,
      paths: this.#paths.join('\0'),
      links: this.#anyLink ? this.#links.join('\0') : '',
      numbers: this.#numbers.slice(0, count * FIELDS),
    };
  }
}

/** Reads a run by index, for callers that need only a part of each entry. */
export class DecodedRun {
  readonly count: number;
  readonly #paths: readonly string[];
  readonly #links: readonly string[];
  readonly #numbers: Float64Array;

  constructor({ count, paths, links, numbers }: EntryRun) {
    this.count = count;
    this.#paths = count === 0 ? [] : paths.split('\0');
    this.#links = links === '' ? [] : links.split('\0');
    this.#numbers = numbers;
  }

  path(index: number): ByteString {
    return this.#paths[index] ?? '';
  }

  link(index: number): ByteString {
    return this.#links[index] ?? '';
  }

  mode(index: number): number {
    return this.#numbers[index * FIELDS + 1] ?? 0;
  }

  uid(index: number): number {
    return this.#numbers[index * FIELDS + 2] ?? 0;
  }

  gid(index: number): number {
    return this.#numbers[index * FIELDS + 3] ?? 0;
  }

  type(index: number): TarType {
    return TYPES[this.#numbers[index * FIELDS] ?? 0] ?? 'file';
  }

  entry(index: number): TarEntry {
    const numbers = this.#numbers;
    const at = index * FIELDS;
    return {
      path: this.path(index),
      type: this.type(index),
      mode: numbers[at + 1] ?? 0,
      uid: numbers[at + 2] ?? 0,
      gid: numbers[at + 3] ?? 0,
      size: numbers[at + 4] ?? 0,
      mtimeSeconds: numbers[at + 5] ?? 0,
      mtimeNanoseconds: numbers[at + 6] ?? 0,
      link: this.link(index),
    };
  }

  *entries(): Generator<TarEntry, void, undefined> {
    for (let index = 0; index < this.count; index += 1) yield this.entry(index);
  }
}
