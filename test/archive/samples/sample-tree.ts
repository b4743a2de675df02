/** A small tree with features that backups often get wrong, and its listing. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  type Dirent,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Deterministic bytes with long repeats: a large content that compresses well. */
export const patternOf = (length: number, salt: string): Buffer =>
  Buffer.alloc(length, createHash('sha512').update(salt).digest('base64'));

/** Makes the tree. Its times are fixed, so that two trees are equal. */
export const makeSampleTree = (root: string): void => {
  mkdirSync(join(root, 'empty'), { recursive: true });
  mkdirSync(join(root, 'deep/er'), { recursive: true });
  writeFileSync(join(root, 'deep/er/large'), patternOf(300_000, 'large'));
  writeFileSync(join(root, 'nothing'), '');
  writeFileSync(join(root, `${'long-name-'.repeat(20)}.txt`), 'long');
  writeFileSync(join(root, 'with space, "quotes" and ünïcode'), 'x');
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x6e, 0xe9, 0xff, 0x0a])]), 'no UTF-8');
  writeFileSync(join(root, 'secret'), 's', { mode: 0o600 });
  writeFileSync(join(root, 'run'), '#!/bin/sh\n');
  chmodSync(join(root, 'run'), 0o750);
  linkSync(join(root, 'secret'), join(root, 'secret-too'));
  symlinkSync('../nowhere', join(root, 'dangling'));
  symlinkSync('run', join(root, 'link'));
  chmodSync(join(root, 'empty'), 0o700);
  for (const { path, type } of treeListing(root)) {
    // Node cannot set the time of a symbolic link by its path; hard-linked names share one time.
    if (type === 'file' || type === 'directory')
      utimesSync(bytesOf(root, path), 1_700_000_000.5, 1_700_000_000.25);
  }
  utimesSync(join(root, 'run'), 1_000_000_000, 1_234_567_890);
  utimesSync(join(root, 'deep'), 1_000_000_000, 1_000_000_001);
};

/** Paths are bytes, written as latin1. */
const bytesOf = (root: string, path: string): Buffer =>
  Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);

export interface ListedFile {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  readonly mode: number;
  /** Nanoseconds since 1970; absent for links, whose own time not every restore can set. */
  readonly mtime?: string;
  readonly link?: string;
  readonly size?: number;
  readonly sha256?: string;
  /** The number of names of the file. */
  readonly names?: number;
}

/** All entries below `root` except `root` itself, sorted by the bytes of their paths, without owners. */
export const treeListing = (root: string, below = ''): ListedFile[] => {
  const entries: Dirent<Buffer>[] = readdirSync(bytesOf(root, below), {
    withFileTypes: true,
    encoding: 'buffer',
  });
  const paths = entries.map(({ name }) => (below === '' ? '' : `${below}/`) + name.toString('latin1'));
  return paths.sort().flatMap((path) => {
    const file = bytesOf(root, path);
    const stats = lstatSync(file, { bigint: true });
    const mode = Number(stats.mode & 0o7777n);
    const mtime = String(stats.mtimeNs);
    if (stats.isSymbolicLink()) {
      return [{ path, type: 'symlink', mode, link: readlinkSync(file, 'latin1') }];
    }
    if (stats.isDirectory()) return [{ path, type: 'directory', mode, mtime }, ...treeListing(root, path)];
    if (!stats.isFile()) return [{ path, type: 'other', mode, mtime }];
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    return [
      { path, type: 'file', mode, mtime, size: Number(stats.size), sha256, names: Number(stats.nlink) },
    ];
  });
};
