/**
 * Opens a data folder that release 0.1.0 left after a crash with this version; docs/upgrade.md says what to
 * expect.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Finished, holdfast, jsonLines, type Started, startHoldfast } from '../../cli/run-holdfast.ts';
import { eventually } from '../../contract/eventually.ts';

let folder: string;
let server: Started;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-upgrade-'));
  const fixture = fileURLToPath(new URL('../../fixtures/data-v0.1.0.tgz', import.meta.url));
  execFileSync('tar', ['--extract', '--gzip', '--no-same-owner', '--file', fixture, '--directory', folder]);
  // Release 0.1.0 left the server.json of its own run; it must not count as a running server.
  const before = JSON.parse(readFileSync(at('holdfast-data', 'server.json'), 'utf8'));
  const config = await holdfast(['config', 'check'], { cwd: folder });
  expect([config.code, config.err]).toEqual([0, '']);
  server = startHoldfast(['serve', '--port', '0'], { cwd: folder });
  await eventually(
    'the server listens',
    () => server.errSoFar().includes('Holdfast listens on') || undefined,
    30_000,
  );
  expect(JSON.parse(readFileSync(at('holdfast-data', 'server.json'), 'utf8'))).not.toEqual(before);
}, 60_000);
afterAll(async () => {
  server.child.kill('SIGTERM');
  await server.done;
  await rm(folder, { recursive: true, force: true });
});

const at = (...names: string[]): string => join(folder, ...names);
const run = (...args: string[]): Promise<Finished> => holdfast(args, { cwd: folder });
const result = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { code, out, err } = await run(...args, '--json');
  if (code !== 0) throw new Error(`${args.join(' ')}: exit ${code}: ${err}`);
  return jsonLines(out).find(({ type }) => type === 'result') ?? {};
};

describe('a data folder of 0.1.0 [B1]', () => {
  test('has its backups, restores and keys, and its token; what a crash left running is FAILED', async () => {
    // The schedule has been missed since then, if today's due time has passed.
    const all = Object(await result('backup', 'list')).resources;
    const listed = all.filter(({ createdBy }: { createdBy: string }) => !createdBy.startsWith('schedule '));
    expect(listed.map(({ label, state }: Record<string, unknown>) => [label, state])).toEqual([
      ['crashed', 'FAILED'],
      ['sealed', 'SUCCESS'],
      ['plain', 'SUCCESS'],
    ]);
    expect(listed[0].shortError).toContain('stopped');
    expect(Object(await result('restore', 'list')).resources).toMatchObject([{ state: 'SUCCESS' }]);
    expect(Object(await result('key', 'list', '--scope', 'system')).resources).toHaveLength(2);
    expect(await result('backup', 'status')).toMatchObject({ state: 'IDLE' });
    expect(server.errSoFar()).not.toContain("The administrator's token");
    expect((await run('backup', 'log', 'latest:plain')).out).toContain('capture');
  }, 60_000);

  test('opens its archives: each is verified, listed and restored, under its key or its passphrase [C10]', async () => {
    const sealed = ['--passphrase-file', 'passphrase'];
    for (const [label, opened] of [
      ['plain', []],
      ['sealed', sealed],
    ] as const) {
      const id = `latest:${label}`;
      expect(await result('backup', 'verify', id, '--deep', ...opened)).toMatchObject({ state: 'SUCCESS' });
      expect((await run('backup', 'contents', id, '--all', ...opened)).out).toContain('files:deep/b.txt');
      const target = at(`restored-${label}`);
      const restored = await run('backup', 'restore', id, '--to', `files=${target}`, '--wait', ...opened);
      expect([restored.code, readFileSync(join(target, 'deep', 'b.txt'), 'utf8')]).toEqual([
        0,
        'beta of 0.1.0\n',
      ]);
    }
  }, 60_000);

  test('goes on: a new backup, held against an old one', async () => {
    expect(await result('backup', 'create', '--label', 'after', '--wait')).toMatchObject({
      state: 'SUCCESS',
    });
    const diff = await run('diff', 'latest:plain', 'latest:after');
    // Unpacking the tree gave it times in whole seconds; everything else is unchanged.
    const changes = diff.out.split('\n').filter((line) => /^[-+M] /.test(line));
    expect([diff.code, changes.map((line) => line.split(/ {2,}/)[2])]).toEqual([0, Array(4).fill('time')]);
  }, 60_000);
});
