/** Makes, describes and compares directory trees for tests. */
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureTree } from '../../../lib/archive/capture/capture-tree.ts';
import type { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { isAtOrBefore, type WalkOptions, walk } from '../../../lib/components/directory/walk.ts';
import type { EngineComponent } from './engine-archive.ts';

/** A new folder, removed when it goes out of scope. */
export const scratchFolder = (): { readonly path: string } & Disposable => {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-tree-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
};

/** A component that captures the tree at `root`. */
export const treeComponent = (
  pool: SegmentPool,
  root: string,
  walkOptions: WalkOptions = {},
): EngineComponent => ({
  capture: (how) =>
    captureTree({ ...how, root, items: walk(root, walkOptions), isAtOrBefore, component: 'files', pool }),
});

/** Rounds down, also for times before 1970. */
export const microsecondsOf = (nanoseconds: bigint): bigint =>
  (nanoseconds - (((nanoseconds % 1000n) + 1000n) % 1000n)) / 1000n;

/**
 * One line for each entry: path in hex, kind, mode, owner, time in microseconds, content or target, and which
 * entries are the same file.
 */
export const describeTree = (root: string): string[] => {
  const lines: string[] = [];
  const firstOf = new Map<bigint, string>();
  const visit = (path: Buffer, name: string): void => {
    const stats = lstatSync(path, { bigint: true });
    const about = `${name} ${(Number(stats.mode) & 0o7777).toString(8)} ${stats.uid}:${stats.gid}`;
    const time = microsecondsOf(stats.mtimeNs);
    if (stats.isSymbolicLink()) {
      lines.push(`${name} link ${readlinkSync(path, 'latin1')} ${stats.uid}:${stats.gid} ${time}`);
    } else if (stats.isDirectory()) {
      lines.push(`${about} folder ${time}`);
      for (const child of readdirSync(path, 'buffer').sort(Buffer.compare)) {
        visit(Buffer.concat([path, Buffer.from('/'), child]), `${name}/${child.toString('latin1')}`);
      }
    } else if (stats.isFile()) {
      const first = firstOf.get(stats.ino) ?? name;
      firstOf.set(stats.ino, first);
      lines.push(`${about} file ${time} ${stats.size} ${readFileSync(path).toString('base64')} ${first}`);
    }
  };
  visit(Buffer.from(root), '.');
  return lines;
};
