/** Setuid, setgid, owners and executables: what a plan reports, and what a restore leaves out. */
import { lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { extractTar, planExtractTar } from '../../../lib/archive/extract/extract-tar.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { componentOf, runOn } from '../crafted/crafted-components.ts';
import { type HandMadeEntry, handMadeComponent } from '../crafted/hand-made-component.ts';
import { type EngineArchive, makeEngineArchive } from '../samples/engine-archive.ts';
import { scratchFolder } from '../samples/tree-fixtures.ts';

const pool = new SegmentPool({ size: 2 });
afterAll(() => pool.close());
const asRoot = process.geteuid?.() === 0 ? test : test.skip;

let folder: { readonly path: string } & Disposable;
let target = '';
beforeEach(() => {
  folder = scratchFolder();
  target = join(folder.path, 'target');
});
afterEach(() => folder[Symbol.dispose]());

const entries: HandMadeEntry[] = [
  { path: '.', type: 'directory' },
  { path: 'bin', type: 'directory', mode: 0o2775, gid: 50 },
  { path: 'bin/both', content: 'x', mode: 0o6755 },
  { path: 'bin/setgid', content: 'x', mode: 0o2644, gid: 50 },
  { path: 'bin/setuid', content: 'x', mode: 0o4755 },
  { path: 'data', mode: 0o644, uid: 1000 },
  { path: 'link', type: 'symlink', link: 'data', uid: 1000 },
  { path: 'second', type: 'hardlink', link: 'bin/setuid', mode: 0o4755, uid: 1000 },
  { path: 'shared', type: 'directory', mode: 0o1777 },
];
const options = ({ archive, identity }: EngineArchive, more: object = {}) => ({
  archive,
  identity,
  component: 'files',
  pool,
  target,
  existing: 'overwrite' as const,
  restoreId: 'r-1',
  ...more,
});
const made = () => makeEngineArchive({ files: handMadeComponent(entries) });
const modes = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(target, { recursive: true, encoding: 'utf8' })
      .filter((path) => !lstatSync(join(target, path)).isSymbolicLink())
      .map((path) => [path, (lstatSync(join(target, path)).mode & 0o7777).toString(8)]),
  );

describe('a restore as root [B7] [B8]', () => {
  asRoot('says in its plan how many entries have setuid, setgid, other owners, and can be run', async () => {
    const { rights } = await planExtractTar(options(await made()));
    expect(rights).toEqual({ setuid: 2, setgid: 3, owners: 4, executables: 2 });
  });

  asRoot('counts those only that it is going to make', async () => {
    mkdirSync(join(target, 'bin'), { recursive: true });
    writeFileSync(join(target, 'bin', 'both'), 'mine');
    const archive = await made();
    const skipping = await planExtractTar(options(archive, { existing: 'skip' }));
    expect(skipping.rights).toEqual({ setuid: 1, setgid: 1, owners: 3, executables: 1 });
    const some = await planExtractTar(options(archive, { select: ['data'] }));
    expect(some.rights).toEqual({ setuid: 0, setgid: 0, owners: 1, executables: 0 });
    // The file that a hard link names is restored too, with its permissions.
    const linked = await planExtractTar(options(archive, { select: ['second'] }));
    expect(linked.rights).toEqual({ setuid: 1, setgid: 0, owners: 0, executables: 1 });
  });

  asRoot('gives back setuid and setgid', async () => {
    const { bitsLeftOut } = await extractTar(options(await made()));
    expect(bitsLeftOut).toEqual({ count: 0, paths: [] });
    expect(modes()).toMatchObject({
      bin: '2775',
      'bin/both': '6755',
      'bin/setgid': '2644',
      'bin/setuid': '4755',
      second: '4755',
      shared: '1777',
    });
  });

  asRoot('leaves them out when told so, names what it left, and gives the rest back', async () => {
    const outcome = await extractTar(options(await made(), { setuid: false }));
    expect(outcome.bitsLeftOut.count).toBe(4);
    expect([...outcome.bitsLeftOut.paths].sort()).toEqual(['bin', 'bin/both', 'bin/setgid', 'bin/setuid']);
    expect(outcome.skippedCount).toBe(0);
    expect(modes()).toEqual({
      bin: '775',
      'bin/both': '755',
      'bin/setgid': '644',
      'bin/setuid': '755',
      data: '644',
      second: '755',
      shared: '1777',
    });
    expect(lstatSync(join(target, 'data')).uid).toBe(1000);
  });

  asRoot('leaves them out of what is there already, and of a file of several segments', async () => {
    const { segments, pieces, line } = runOn([1024, 2048, 700]);
    const setuid = (plain: Buffer): Buffer => {
      const changed = Buffer.from(plain);
      changed.write('0004755\0', 100, 'latin1');
      changed.write('        ', 148, 'latin1');
      const sum = changed.subarray(0, 512).reduce((total, byte) => total + byte, 0);
      changed.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      return changed;
    };
    const [first = Buffer.alloc(0), ...others] = segments;
    const lines = line(pieces).replace(/"mode":\d+/, `"mode":${0o4755}`);
    const large = await makeEngineArchive({
      files: componentOf({ what: 'large', segments: [setuid(first), ...others], lines }),
    });
    mkdirSync(target);
    writeFileSync(join(target, 'big'), 'mine', { mode: 0o4755 });
    const { bitsLeftOut } = await extractTar(options(large, { setuid: false }));
    expect(bitsLeftOut).toEqual({ count: 1, paths: ['big'] });
    expect(modes()).toEqual({ big: '755' });
  });

  asRoot('names a hundred, and counts them all', async () => {
    const many = Array.from({ length: 110 }, (_, n) => ({
      path: `f${String(n).padStart(3, '0')}`,
      mode: 0o4755,
    }));
    const archive = await makeEngineArchive({ files: handMadeComponent(many) });
    const { bitsLeftOut } = await extractTar(options(archive, { setuid: false }));
    expect([bitsLeftOut.count, bitsLeftOut.paths.length]).toEqual([110, 100]);
  });
});
