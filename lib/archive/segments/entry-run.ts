/** Consecutive entries in a form that crosses to a worker cheaply: a few strings and numbers, not thousands of objects. */
import type { TarEntry, TarType } from '../tar/tar-entry.ts';

export interface EntryRun {
  readonly count: number;
  /** Joined by NUL, which no name holds. */
  readonly paths: string;
  readonly links: string;
  readonly numbers: Float64Array;
}

const TYPES: readonly TarType[] = ['file', 'directory', 'symlink', 'hardlink'];
const FIELDS = 7;

/** Takes entries one by one, so that no more of them need be held than their names and numbers. */
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

export function* decodeRun({ count, paths, links, numbers }: EntryRun): Generator<TarEntry, void, undefined> {
  if (count === 0) return;
  const path = paths.split('\0');
  const link = links === '' ? [] : links.split('\0');
  for (let i = 0, at = 0; i < count; i += 1, at += FIELDS) {
    yield {
      path: path[i] ?? '',
      type: TYPES[numbers[at] ?? 0] ?? 'file',
      mode: numbers[at + 1] ?? 0,
      uid: numbers[at + 2] ?? 0,
      gid: numbers[at + 3] ?? 0,
      size: numbers[at + 4] ?? 0,
      mtimeSeconds: numbers[at + 5] ?? 0,
      mtimeNanoseconds: numbers[at + 6] ?? 0,
      link: link[i] ?? '',
    };
  }
}
