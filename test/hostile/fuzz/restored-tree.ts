/** Compares a restored folder with contents, and with GNU tar's result for the same tar. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Component } from '../writer/archive.ts';
import { isObject, type Json, type JsonObject } from '../writer/json.ts';

interface Found {
  readonly type: string;
  readonly mode: number;
  readonly owner: string;
  /** In microseconds, the precision that `node:fs` keeps. */
  readonly time: bigint;
  readonly size: number;
  readonly link: string;
  readonly content: Buffer;
  /** Equal for the names of one file. */
  readonly inode: bigint;
}

/** Rounds down, also for times before 1970. */
const microseconds = (nanoseconds: bigint): bigint =>
  (nanoseconds - (((nanoseconds % 1_000n) + 1_000n) % 1_000n)) / 1_000n;

/** Entries by path; the root is `.`. */
export type FoundTree = ReadonlyMap<string, Found>;

export const treeAt = (root: string): FoundTree => {
  const found = new Map<string, Found>();
  const visit = (path: Buffer, name: string): void => {
    const stats = lstatSync(path, { bigint: true });
    const type = stats.isDirectory()
      ? 'directory'
      : stats.isSymbolicLink()
        ? 'symlink'
        : stats.isFile()
          ? 'file'
          : 'special';
    found.set(name, {
      type,
      mode: Number(stats.mode) & 0o7777,
      owner: `${stats.uid}:${stats.gid}`,
      time: microseconds(stats.mtimeNs),
      size: type === 'file' ? Number(stats.size) : 0,
      link: type === 'symlink' ? readlinkSync(path, 'buffer').toString('latin1') : '',
      content: type === 'file' ? readFileSync(path) : Buffer.alloc(0),
      inode: stats.ino,
    });
    if (type !== 'directory') return;
    for (const child of readdirSync(path, 'buffer')) {
      const below = child.toString('latin1');
      visit(Buffer.concat([path, Buffer.from('/'), child]), name === '.' ? below : `${name}/${below}`);
    }
  };
  visit(Buffer.from(root), '.');
  return found;
};

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const nameIn = (line: JsonObject, key: string): string | undefined => {
  const [text, base64] = [line[key], line[`${key}Base64`]];
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64').toString('latin1');
  return typeof text === 'string' ? Buffer.from(text).toString('latin1') : undefined;
};

const lineTime = (mtime: Json | undefined): bigint | undefined => {
  if (typeof mtime !== 'string') return undefined;
  const [, whole = '', fraction = ''] = /^(.*)\.(\d{9})Z$/.exec(mtime) ?? [];
  return BigInt(Date.parse(`${whole}Z`)) * 1_000n + BigInt(fraction.slice(0, 6) || 0);
};

/** From 2242 on, a double cannot represent every microsecond. */
const LATE = 8_000_000_000_000_000n;
const isSameTime = (a: bigint, b: bigint): boolean => a === b || (a > LATE && a - b <= 2n && b - a <= 2n);

const piecesOf = (line: JsonObject): JsonObject[] =>
  Array.isArray(line.pieces) ? line.pieces.filter(isObject) : [];

const hashesDiffer = (line: JsonObject, content: Buffer): boolean => {
  const pieces = piecesOf(line);
  if (pieces.length === 0) return typeof line.sha256 === 'string' && line.sha256 !== sha256(content);
  let at = 0;
  return pieces.some(({ bytes, sha256: said }) => {
    const piece = content.subarray(at, at + Number(bytes));
    at += piece.length;
    return said !== sha256(piece);
  });
};

const TYPES: Readonly<Record<string, string>> = { object: 'file', item: 'file', hardlink: 'file' };

/**
 * Setuid and setgid: a restore leaves them out of another installation's archive unless the request asks for
 * them.
 */
const FOREIGN_BITS = 0o6000;

/** How an entry differs from its line; empty when it does not. Of the mode, only `modeBits` are compared. */
const differs = (line: JsonObject, found: Found | undefined, tree: FoundTree, modeBits: number): string => {
  if (found === undefined) return 'is missing';
  const type = String(line.type);
  if (found.type !== (TYPES[type] ?? type)) return `is a ${found.type}`;
  if (type === 'hardlink') {
    // The owner, mode and time of a link are those of its file.
    const source = tree.get(nameIn(line, 'link') ?? '');
    return source?.inode === found.inode ? '' : 'is not the file that it is a link to';
  }
  const mode = typeof line.mode === 'number' ? line.mode & modeBits : undefined;
  if (type !== 'symlink' && mode !== undefined && found.mode !== mode)
    return `has mode ${found.mode.toString(8)}`;
  if (line.uid !== undefined && found.owner !== `${line.uid}:${line.gid}`) return `is of ${found.owner}`;
  const time = lineTime(line.mtime);
  if (time !== undefined && !isSameTime(time, found.time)) return `is of ${found.time}`;
  if (found.type === 'file' && found.size !== line.size) return `has ${found.size} bytes`;
  if (found.type === 'symlink' && found.link !== nameIn(line, 'link')) return 'is a link to another place';
  return found.type === 'file' && hashesDiffer(line, found.content) ? 'has other content' : '';
};

const parents = (path: string): string[] => {
  const all: string[] = ['.'];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) all.push(path.slice(0, at));
  return all;
};

export const linesOf = (contents: Component['contents']): string[] =>
  contents.flatMap(({ lines }) => Buffer.from(lines).toString().split('\n').slice(0, -1));

/**
 * What was restored differently from contents. Needs root, because only root can restore owners.
 * @param setuid whether setuid and setgid must be present; otherwise they must be absent
 */
export const untruths = (target: string, { contents }: Component, setuid = true): string[] => {
  const modeBits = setuid ? 0o7777 : 0o7777 & ~FOREIGN_BITS;
  const tree = treeAt(target);
  const wrong: string[] = [];
  const known = new Set<string>(['.']);
  for (const text of linesOf(contents)) {
    const line: Json = JSON.parse(text);
    if (!isObject(line)) continue;
    const path = nameIn(line, 'path') ?? '';
    known.add(path);
    for (const above of parents(path)) known.add(above);
    const how = differs(line, tree.get(path), tree, modeBits);
    if (how !== '') wrong.push(`${JSON.stringify(path)} ${how}, and contents say ${text.slice(0, 300)}`);
  }
  for (const path of tree.keys())
    if (!known.has(path)) wrong.push(`${JSON.stringify(path)} is listed nowhere`);
  return wrong;
};

const describe = (tree: FoundTree, implied: (path: string) => boolean): string[] => {
  const first = new Map<bigint, string>();
  return [...tree]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, { type, mode, owner, time, link, content, inode }]) => {
      if (implied(path)) return [`${JSON.stringify(path)} ${type}`];
      const names = first.get(inode) ?? path;
      first.set(inode, names);
      return [
        `${JSON.stringify(path)} ${type} ${mode.toString(8)} ${owner} ${time < LATE ? time : 'late'} ${link} ${sha256(content)} ${names}`,
      ];
    });
};

/** The paths in lines of contents. */
export const pathsIn = (lines: readonly string[]): ReadonlySet<string> =>
  new Set(
    lines
      .map((text): Json => JSON.parse(text))
      .map((line) => (isObject(line) ? (nameIn(line, 'path') ?? '') : '')),
  );

const TAR = ['-xpf', '-', '--numeric-owner', '--ignore-zeros', '--delay-directory-restore', '-C'];

/**
 * How a restored tree differs from GNU tar's result for the same stream; empty when it does not. For folders
 * that the tar does not contain, each program chooses mode and time.
 */
export const differsFromGnuTar = (
  target: string,
  folder: string,
  tar: Buffer,
  listed: ReadonlySet<string>,
): string => {
  mkdirSync(folder);
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  const { stderr } = spawnSync('tar', [...TAR, folder], { input: tar, encoding: 'utf8', env });
  const implied = (path: string): boolean => !listed.has(path);
  const [ours, theirs] = [describe(treeAt(target), implied), describe(treeAt(folder), implied)];
  if (ours.join('\n') === theirs.join('\n')) return '';
  const more = ours.filter((line) => !theirs.includes(line)).slice(0, 3);
  const less = theirs.filter((line) => !ours.includes(line)).slice(0, 3);
  return `ours ${more.join(' | ')}; GNU tar ${less.join(' | ')}; ${stderr.slice(0, 300)}`;
};
