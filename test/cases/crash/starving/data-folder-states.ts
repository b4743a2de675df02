/** States in which a crash, a person or a program can leave a data folder. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../../hostile/fuzz/random.ts';

const NOBODY = 65_534;

/** A change to one name in the folder, whether or not it exists. */
type Change = (path: string, random: Random, foreign: string) => void;

const contentOf = (path: string): Buffer => (existsSync(path) ? readFileSync(path) : Buffer.alloc(0));

const replaced = (path: string, make: () => void): void => {
  rmSync(path, { recursive: true, force: true });
  make();
};

const changes: Readonly<Record<string, Change>> = {
  'is missing': (path) => rmSync(path, { recursive: true, force: true }),
  'is empty': (path) => replaced(path, () => writeFileSync(path, '', { mode: 0o600 })),
  'is cut': (path) => truncateSync(path, Math.floor(contentOf(path).length / 2)),
  'is rubbish': (path, random) =>
    replaced(path, () => writeFileSync(path, random.bytes(1 + random.below(3_000)), { mode: 0o600 })),
  'is zeros': (path) => writeFileSync(path, Buffer.alloc(contentOf(path).length)),
  'has rubbish behind it': (path, random) =>
    writeFileSync(path, Buffer.concat([contentOf(path), random.bytes(200)])),
  'is a folder': (path) => replaced(path, () => mkdirSync(path)),
  'is a link that leads nowhere': (path) => replaced(path, () => symlinkSync('/nonexistent/holdfast', path)),
  'is a link': (path) =>
    replaced(path, () => {
      writeFileSync(`${path}.elsewhere`, 'mine', { mode: 0o600 });
      symlinkSync(`${path}.elsewhere`, path);
    }),
  'belongs to somebody else': (path) => chownSync(path, NOBODY, NOBODY),
  'may be written by all': (path) => chmodSync(path, 0o666),
  'may be read by all': (path) => chmodSync(path, 0o644),
  'may not be read': (path) => chmodSync(path, 0),
  "is another installation's": (path, _random, foreign) =>
    replaced(path, () => {
      if (existsSync(foreign)) writeFileSync(path, readFileSync(foreign), { mode: 0o600 });
    }),
};

/** Changes that apply to folders, for which `is cut` and similar ones have no meaning. */
const folderChanges: Readonly<Record<string, Change>> = {
  'is missing': (path) => rmSync(path, { recursive: true, force: true }),
  'is empty': (path) => replaced(path, () => mkdirSync(path, { mode: 0o700 })),
  'is a file': (path) => replaced(path, () => writeFileSync(path, 'x', { mode: 0o600 })),
  'is a link that leads nowhere': (path) => replaced(path, () => symlinkSync('/nonexistent/holdfast', path)),
  'belongs to somebody else': (path) => chownSync(path, NOBODY, NOBODY),
  'may be written by all': (path) => chmodSync(path, 0o777),
  'holds what is not ours': (path, random) => {
    mkdirSync(join(path, 'a-folder'));
    writeFileSync(join(path, 'stray.hfa'), random.bytes(2_000));
    writeFileSync(join(path, '.stray'), '');
  },
};

const FILES = [
  'catalog.db',
  'catalog.db-wal',
  'catalog.db-shm',
  'installation.key',
  'installation.key.new',
  'server.json',
  'server.json.new',
  'cli.token',
  'disk.reserve',
  'process.lock',
  'process.pid',
] as const;
const FOLDERS = ['archives', 'archives/.holdfast-staging', '.'] as const;

export interface FolderState {
  readonly told: string;
  /** The name in the data folder. */
  readonly name: string;
  apply(): void;
}

/** A random change of a file, of a folder, or of an archive. */
export const randomState = (random: Random, data: string, foreign: string): FolderState => {
  const [archive = 'none'] = existsSync(join(data, 'archives'))
    ? readdirSync(join(data, 'archives')).filter((name) => !name.startsWith('.'))
    : [];
  const name = random.pick([...FILES, ...FILES, ...FOLDERS, join('archives', archive)]);
  const isFolder = FOLDERS.some((one) => one === name);
  const change = random.pick(Object.keys(isFolder ? folderChanges : changes));
  return {
    told: `${name} ${change}`,
    name,
    apply: () => {
      const path = join(data, name);
      try {
        (isFolder ? folderChanges : changes)[change]?.(path, random, join(foreign, name));
      } catch (thrown) {
        // A name that does not exist cannot be cut or change its owner.
        if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown;
      }
    },
  };
};
