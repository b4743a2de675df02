/** Consecutive entries in a form that crosses to a worker cheaply: a few strings and numbers, not thousands of objects. */
import type { TarEntry, TarType } from './tar-entry.ts';

export interface EntryRun {
  readonly count: number;
  /** Joined by NUL, which no name holds. */
  readonly paths: string;
  readonly links: string;
  readonly numbers: Float64Array;
}

const TYPES: readonly TarType[] = ['file', 'directory', 'symlink', 'hardlink'];
const FIELDS = 7;

export const encodeRun = (entries: readonly TarEntry[]): EntryRun => {
  const numbers = new Float64Array(entries.length * FIELDS);
  let at = 0;
  let links = false;
  for (const entry of entries) {
    numbers[at] = TYPES.indexOf(entry.type);
    numbers[at + 1] = entry.mode;
    numbers[at + 2] = entry.uid;
    numbers[at + 3] = entry.gid;
    numbers[at + 4] = entry.size;
    numbers[at + 5] = entry.mtimeSeconds;
    numbers[at + 6] = entry.mtimeNanoseconds;
    links ||= entry.link !== '';
    at += FIELDS;
  }
  return {
    count: entries.length,
    paths: entries.map(({ path }) => path).join('\0'),
    links: links ? entries.map(({ link }) => link).join('\0') : '',
    numbers,
  };
};

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
