/**
 * Files that the system does not let a restore write: the record names them, and the other files are
 * restored.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { holdfast } from '../../cli/run-holdfast.ts';
import { writeTree } from '../files.ts';
import { Installation } from '../installation.ts';

let here: Installation;
let backupId: string;
const changed: string[] = [];
const immutable = (...path: string[]): void => {
  const at = here.path('target', ...path);
  execFileSync('chattr', ['+i', at]);
  changed.push(at);
};
const hasImmutable =
  process.geteuid?.() === 0 &&
  spawnSync('bash', ['-c', 'f=$(mktemp) && chattr +i $f && chattr -i $f && rm $f']).status === 0;
const testImmutable = hasImmutable ? test : test.skip;

beforeAll(async () => {
  here = await Installation.start({
    config: () => ({ components: [{ id: 'files', kind: 'directory', path: 'source' }] }),
  });
  await writeTree(here.path('source'), { a: 'new', b: 'new', 'in/c': 'new' });
  backupId = (await here.api.backup()).id;
}, 60_000);
afterEach(async () => {
  for (const path of changed.splice(0)) execFileSync('chattr', ['-i', path]);
  await rm(here.path('target'), { recursive: true, force: true });
});
afterAll(() => here.close());

const restored = () => here.api.restore(backupId, { targets: { files: here.path('target') } });
const REASON =
  'could not be restored: not permitted: something there is immutable, or this user lacks a right (EPERM)';

testImmutable('some are refused: PARTIAL, with their names, and all others are back [B7] [B8]', async () => {
  await writeTree(here.path('target'), { a: 'old', 'in/c': 'old' });
  immutable('a');
  immutable('in', 'c');
  const restore = await restored();
  expect(restore.state).toBe('PARTIAL');
  expect(restore.components.files).toMatchObject({
    state: 'PARTIAL',
    entries: 3,
    skippedCount: 2,
    skipped: expect.arrayContaining([
      { path: 'a', reason: REASON },
      { path: 'in/c', reason: REASON },
    ]),
  });
  expect(await readFile(here.path('target', 'b'), 'utf8')).toBe('new');
  expect(await readFile(here.path('target', 'a'), 'utf8')).toBe('old');
  const shown = await holdfast(['restore', 'show', restore.id], { env: { HOLDFAST_DATA: here.data } });
  expect(shown.stdout.toString()).toContain(REASON);
});

testImmutable('all are refused: FAILED, with the first by name, and nothing is lost', async () => {
  const names = ['a', 'b', 'in/c'];
  await writeTree(here.path('target'), Object.fromEntries(names.map((name) => [name, 'old'])));
  for (const name of names) immutable(name);
  const restore = await restored();
  expect(restore).toMatchObject({ state: 'FAILED', errorCode: 'component_failed' });
  expect(restore.shortError).toContain('no file could be restored to');
  expect(restore.components.files).toMatchObject({ state: 'FAILED', skippedCount: 3, bytes: 0 });
  expect(restore.components.files.skipped).toHaveLength(3);
  for (const name of names) expect(await readFile(here.path('target', name), 'utf8')).toBe('old');
});

testImmutable('the target itself takes nothing: FAILED, and it is named', async () => {
  await writeTree(here.path('target'), { other: 'old' });
  immutable();
  const restore = await restored();
  expect(restore.state).toBe('FAILED');
  expect(restore.shortError).toContain(here.path('target'));
  expect(restore.shortError).toContain('operation not permitted, mkdir');
});
