/** The data to back up: made in a folder of the bench's own, the same for every contestant. */
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Input {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
}

const weigh = (folder: string): { bytes: number; files: number } => {
  let bytes = 0;
  let files = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    files += 1;
    bytes += lstatSync(join(entry.parentPath, entry.name)).size;
  }
  return { bytes, files };
};

const made = (name: string, path: string, make: () => void): Input => {
  if (!existsSync(path)) {
    mkdirSync(path, { recursive: true });
    make();
  }
  return { name, path, ...weigh(path) };
};

/** Real files of this machine, copied until there are enough: programs, sources, documents. */
const realTree = (path: string, enoughBytes: number, enoughFiles: number): void => {
  let bytes = 0;
  let files = 0;
  const sources = [
    '/usr/share',
    '/usr/include',
    'node_modules',
    '/usr/lib/python3',
    '/usr/lib/gcc',
    '/usr/lib/x86_64-linux-gnu',
  ];
  for (let round = 0; bytes < enoughBytes || files < enoughFiles; round += 1) {
    for (const [index, source] of sources.entries()) {
      if (!existsSync(source) || (bytes >= enoughBytes && files >= enoughFiles)) continue;
      const copy = join(path, `${round}-${index}`);
      cpSync(source, copy, {
        recursive: true,
        verbatimSymlinks: true,
        preserveTimestamps: true,
        filter: isPlain,
      });
      const weight = weigh(copy);
      bytes += weight.bytes;
      files += weight.files;
    }
    if (round > 20) throw new Error('this machine has too few files below /usr to make the input of');
  }
};

const isPlain = (path: string): boolean => {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && (stats.isFile() || stats.isDirectory() || stats.isSymbolicLink());
};

/** Data of which half compresses and half does not. */
const largeFiles = (path: string, count: number, bytes: number): void => {
  const piece = 1024 * 1024;
  const text = Buffer.from(
    Array.from({ length: 40_000 }, (_, i) => `line ${i * 7919} of a log\n`).join(''),
  ).subarray(0, piece);
  for (let i = 0; i < count; i += 1) {
    for (let at = 0; at < bytes; at += piece) {
      writeFileSync(join(path, `large-${i}`), i % 2 === 0 ? text : randomBytes(piece), { flag: 'a' });
    }
  }
};

const smallFiles = (path: string, count: number): void => {
  const half = Buffer.from('a row of a table, '.repeat(200));
  for (let i = 0; i < count; i += 1) {
    const folder = join(path, String(Math.floor(i / 1000)));
    if (i % 1000 === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, String(i)), Buffer.concat([randomBytes(2048), half.subarray(0, 2048)]));
  }
};

/** `quick`: a twentieth of everything, for a run of a minute. */
export const makeInputs = (folder: string, quick: boolean): readonly Input[] => {
  const share = quick ? 20 : 1;
  const at = (name: string): string => join(folder, `${name}${quick ? '-quick' : ''}`);
  return [
    made('real tree', at('tree'), () => realTree(at('tree'), 1e9 / share, 50_000 / share)),
    made('large files', at('large'), () => largeFiles(at('large'), 4, 256e6 / share)),
    made('4 KiB files', at('small'), () => smallFiles(at('small'), 100_000 / share)),
  ];
};
