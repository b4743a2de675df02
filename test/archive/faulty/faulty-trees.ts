/** Random trees of a few names, and their visible state, for programs with a failing file system. */
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export type Random = (below: number) => number;

export const growTree = (
  root: string,
  random: Random,
  salt: string,
  names: readonly string[],
  depth = 0,
): void => {
  const files: string[] = [];
  for (const name of names) {
    const path = join(root, name);
    const kind = random(10);
    if (kind < 3 && depth < 3) {
      mkdirSync(path, { mode: 0o700 + random(64) });
      growTree(path, random, salt, names, depth + 1);
    } else if (kind === 3) symlinkSync(`${salt}-${name}`, path);
    else if (kind === 4 && files.length > 0) linkSync(files[random(files.length)] ?? '', path);
    else if (kind < 8) {
      const size = random(6) === 0 ? random(200_000) : random(2_000);
      writeFileSync(path, `${salt} ${path} `.repeat(size).slice(0, size), { mode: 0o600 + random(64) });
      files.push(path);
    }
  }
};

/** The visible state of every path. Node's own recursive `readdir` follows links. */
export const seenIn = (root: string, below = '', seen = new Map<string, string>()): Map<string, string> => {
  for (const name of readdirSync(join(root, below))) {
    const path = join(below, name);
    const full = join(root, path);
    const stats = lstatSync(full, { bigint: true });
    const about = `${stats.mode.toString(8)} ${stats.uid}:${stats.gid} ${stats.mtimeNs / 1000n}`;
    if (stats.isSymbolicLink()) seen.set(path, `link ${readlinkSync(full)} ${about}`);
    else seen.set(path, stats.isDirectory() ? `folder ${about}` : `file ${readFileSync(full)} ${about}`);
    if (stats.isDirectory()) seenIn(root, path, seen);
  }
  return seen;
};

/** The type of an entry only, and for files also the content. */
export const kindOf = (seen: string | undefined): string =>
  seen === undefined ? '' : seen.startsWith('folder') ? 'folder' : seen.replace(/ \d+ \d+:\d+ -?\d+$/, '');

/** Whether the path, or a folder above it, is named. */
export const isNamed = (path: string, named: ReadonlySet<string>): boolean =>
  path.split('/').some((_, at, parts) => named.has(parts.slice(0, at + 1).join('/')));

/** For each file with several names: all of its names, by each name. */
export const linksIn = (root: string): Map<string, string[]> => {
  const byFile = new Map<bigint, string[]>();
  const links = new Map<string, string[]>();
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const { ino } = lstatSync(join(root, path), { bigint: true });
    const names = byFile.get(ino) ?? [];
    names.push(path);
    byFile.set(ino, names);
    links.set(path, names);
  }
  return links;
};
