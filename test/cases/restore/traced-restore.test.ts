/**
 * A server restores as root while strace traces it: whatever an archive contains, the server writes only
 * where it may and executes nothing.
 */
import { randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Api } from '../../acceptance/api.ts';
import {
  type Crafted,
  hiddenBytes,
  lyingHeaders,
  wrongRunOns,
  wrongTrees,
} from '../../archive/crafted/crafted-components.ts';
import { soundTrees } from '../../archive/crafted/sound-trees.ts';
import { makeSampleArchive } from '../../archive/samples/sample-archive.ts';
import { describeTree } from '../../archive/samples/tree-fixtures.ts';
import { oddHeaders } from '../../archive/tar/odd-headers.ts';
import { type Call, isNever, tracedCalls, tracer } from '../../system-calls.ts';
import { requireTool } from '../../tools/debian-tools.ts';
import { Installation } from '../installation.ts';
import { sealOf, uploadArchive } from '../transfer/transfers.ts';

const passphrase = 'befit-brakeman-footstep-unclasp';
const canTrace = process.geteuid?.() === 0 && requireTool('strace');
if (!canTrace) process.stderr.write('\nSKIPPED: restores under a tracer, which take root and strace\n');
const traced = canTrace ? test : test.skip;

const hostile = [...wrongTrees, ...wrongRunOns, ...hiddenBytes, ...lyingHeaders, ...oddHeaders.slice(0, 40)];
/** One archive with a component for each tree. */
const makeArchive = async (all: readonly Crafted[]) => {
  const components = all.map(({ segments, lines }) => ({
    segments,
    contents: [
      String(lines)
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    ],
  }));
  return makeSampleArchive({
    passphrase,
    components: Object.fromEntries(components.map((component, index) => [`c${index}`, component])),
    head: { backupId: `nightly-${randomUUID()}` },
  });
};

let here: Installation;
let api: Api;
let traces: string;
beforeAll(async () => {
  if (!canTrace) return;
  traces = await mkdtemp(join(tmpdir(), 'holdfast-trace-'));
  // Every start of the command writes compiled code to a cache folder, which this test excludes.
  const cache = await mkdtemp(join(traces, 'cache-'));
  here = await Installation.start({ through: tracer(join(traces, 'calls')), env: { XDG_CACHE_HOME: cache } });
  api = here.api;
}, 120_000);
afterAll(async () => {
  if (!canTrace) return;
  await here.close();
  await rm(traces, { recursive: true, force: true });
});

const restoreAll = async (
  id: string,
  count: number,
  targetOf: (index: number) => string,
): Promise<string[]> => {
  const states: string[] = [];
  const trust = await sealOf(api, id);
  for (let index = 0; index < count; index += 1) {
    const component = `c${index}`;
    const { state } = await api.restore(id, {
      components: [component],
      targets: { [component]: targetOf(index) },
      passphrase,
      trust,
      setuid: true,
    });
    states.push(state);
  }
  return states;
};

/** The folders on a path, starting below `root`. */
const foldersOn = (path: string, root: string): string[] => {
  const folders: string[] = [];
  for (let folder = dirname(path); folder.length > root.length; folder = dirname(folder))
    folders.push(folder);
  return folders;
};
const isLink = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;

traced(
  'writes below the target and in the data folder only, and runs no other program, whatever the archive [B7] [B8]',
  async () => {
    const outside = here.path('outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'evil'), 'mine');
    const before = describeTree(outside);
    // A folder with links that could lead a restore out of its target.
    const trapped = here.path('trapped');
    mkdirSync(trapped);
    for (const name of ['d', 'link', 'hidden']) symlinkSync(outside, join(trapped, name));
    for (const name of ['a', 'b', 'big']) symlinkSync(join(outside, 'evil'), join(trapped, name));

    const bad = await makeArchive(hostile);
    const good = await makeArchive(soundTrees);
    for (const { bytes } of [bad, good]) expect((await uploadArchive(api, bytes)).state).toBe('SUCCESS');
    const fresh = (index: number): string => here.path('fresh', String(index));
    expect(new Set(await restoreAll(bad.head.backupId, hostile.length, () => trapped))).toEqual(
      new Set(['FAILED']),
    );
    const inFresh = await restoreAll(good.head.backupId, soundTrees.length, fresh);
    expect(new Set(inFresh)).toEqual(new Set(['SUCCESS']));
    await restoreAll(good.head.backupId, soundTrees.length, () => trapped);
    expect(describeTree(outside)).toEqual(before);

    await here.end('SIGTERM');
    const calls = tracedCalls(traces, 'calls');
    const folder = realpathSync(here.folder);
    const roots = [
      join(folder, 'data'),
      join(folder, 'fresh'),
      join(folder, 'trapped'),
      realpathSync(traces),
    ];
    const isBelow = (path: string): boolean =>
      roots.some((root) => path === root || path.startsWith(`${root}/`));
    const mayWrite = (path: string): boolean => path === '/dev/null' || isBelow(path);
    const lines = (found: readonly Call[]): string[] => found.map(({ line }) => line).slice(0, 20);

    expect(lines(calls.filter(({ paths }) => !paths.every(mayWrite)))).toEqual([]);
    expect(lines(calls.filter(isNever))).toEqual([]);
    expect(lines(calls.filter(({ name }) => name.startsWith('execve')).slice(1))).toEqual([]);
    const restored = calls.flatMap(({ paths }) => paths).filter((path) => /\/(?:fresh|trapped)\//.test(path));
    const folders = new Set(restored.flatMap((path) => foldersOn(path, join(folder, 'trapped'))));
    expect([...folders].filter(isLink)).toEqual([]);

    // The trace is complete: it contains each kind of call that a restore makes, in sufficient number.
    const names = new Set(calls.map(({ name }) => name));
    for (const name of ['openat', 'fchmod', 'fchown', 'rename', 'utimensat']) expect(names).toContain(name);
    expect(restored.length).toBeGreaterThan(500);
    expect(readdirSync(fresh(2)).length).toBeGreaterThan(10);
  },
  600_000,
);
