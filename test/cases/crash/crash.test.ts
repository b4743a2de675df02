import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeTree } from '../files.ts';
import { Installation } from '../installation.ts';

const ROUNDS = Number(process.env.HOLDFAST_CRASH_ROUNDS ?? 6);
const seed = Number(process.env.HOLDFAST_SEED ?? Date.now() % 1_000_000);

let here: Installation;
beforeAll(async () => {
  console.info(`crash test: HOLDFAST_SEED=${seed} HOLDFAST_CRASH_ROUNDS=${ROUNDS}`);
  here = await Installation.start({
    config: () => ({ components: [{ id: 'files', kind: 'directory', path: 'source' }] }),
  });
  const large = Buffer.alloc(3_000_000, 'holdfast');
  const tree = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`d${i % 20}/f${i}`, i % 10 === 0 ? large : `file ${i}`]),
  );
  await writeTree(here.path('source'), tree);
});
afterAll(() => here.close());

/** A linear congruential generator: the same seed gives the same waits. */
const random = (() => {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
})();

const leftovers = (): string[] => {
  const folder = join(here.data, 'archives', '.holdfast-staging');
  return existsSync(folder) ? readdirSync(folder) : [];
};

test('killed at any moment of a backup: at the next start it is FAILED as interrupted, nothing is left, the next one succeeds [B1]', async () => {
  // The duration of a whole run here, so that the kills cover all of it.
  const begun = Date.now();
  expect((await here.api.backup()).state).toBe('SUCCESS');
  const wholeRun = Date.now() - begun;

  for (let round = 0; round < ROUNDS; round++) {
    const { body } = await here.api.post('/v1/backups', { includeLogs: true });
    await pause(random() * wholeRun);
    await here.end('SIGKILL');
    const restarted = Date.now();
    await here.startServer();
    const record = await here.api.ended(`/v1/backups/${body.id}`, 10);
    expect(Date.now() - restarted).toBeLessThan(10_000);
    if (record.state === 'FAILED') {
      expect(record.shortError).toContain('interrupted');
      expect(existsSync(join(here.data, 'archives', record.fileName))).toBe(false);
    } else {
      // The backup had ended before the kill.
      expect(record.state).toBe('SUCCESS');
      expect(existsSync(join(here.data, 'archives', record.fileName))).toBe(true);
    }
    expect(leftovers()).toEqual([]);
    expect((await here.api.get('/v1/status')).body.state).toBe('IDLE');
    expect((await here.api.backup()).state).toBe('SUCCESS');
  }
}, 120_000);

test('killed at any moment of a restore: FAILED as interrupted, no staging left beside the target, the next one succeeds [B1]', async () => {
  const backup = await here.api.backup();
  const target = here.path('restored');
  const request = { targets: { files: target } };
  const begun = Date.now();
  expect((await here.api.restore(backup.id, request)).state).toBe('SUCCESS');
  const wholeRun = Date.now() - begun;

  for (let round = 0; round < ROUNDS; round++) {
    const { body } = await here.api.post(`/v1/backups/${backup.id}/restores`, request);
    await pause(random() * wholeRun);
    await here.end('SIGKILL');
    await here.startServer();
    const record = await here.api.ended(`/v1/restores/${body.id}`, 10);
    if (record.state === 'FAILED') expect(record.shortError).toContain('interrupted');
    else expect(record.state).toBe('SUCCESS');
    expect(readdirSync(target).filter((name) => name.startsWith('.holdfast'))).toEqual([]);
    expect((await here.api.get('/v1/status')).body.state).toBe('IDLE');
    expect((await here.api.restore(backup.id, request)).state).toBe('SUCCESS');
  }
}, 120_000);

test('a second server on the same data folder is refused', async () => {
  const { spawnSync } = await import('node:child_process');
  const second = spawnSync(
    process.execPath,
    [
      'bin/holdfast.js',
      'serve',
      '--data',
      here.data,
      '--config',
      here.path('holdfast.config.json'),
      '--port',
      '0',
    ],
    { encoding: 'utf8', timeout: 20_000 },
  );
  expect(second.status).toBe(1);
  expect(second.stderr).toMatch(/another Holdfast .*uses this data folder/);
});
