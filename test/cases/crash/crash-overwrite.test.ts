import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeTree } from '../files.ts';
import { Installation } from '../installation.ts';
import { killWithin, ROUNDS, stagedIn, tellSeed } from './random-kills.ts';

let here: Installation;
beforeAll(async () => {
  tellSeed('crash test in another place');
  here = await Installation.start({
    config: () => ({
      components: [{ id: 'files', kind: 'directory', path: 'source' }],
      backupPaths: ['vault'],
    }),
  });
  await mkdir(here.path('vault'));
  // Content that does not compress makes every step take longer.
  await writeTree(
    here.path('source'),
    Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`f${i}`, randomBytes(4_000_000)])),
  );
});
afterAll(() => here.close());

const inVault = () => readdirSync(here.path('vault'));
const change = (content: string) => writeFile(here.path('source', 'round'), content);
/** The duration of a whole run here, so that the kills cover all of it. */
const durationOf = ({ createdAt, completedAt }: { createdAt: string; completedAt: string }): number =>
  Date.parse(completedAt) - Date.parse(createdAt);
const restored = async (id: string): Promise<string> => {
  await rm(here.path('restored'), { recursive: true, force: true });
  const restore = await here.api.restore(id, { targets: { files: here.path('restored') } });
  expect(restore).toMatchObject({ state: 'SUCCESS' });
  return readFile(here.path('restored', 'round'), 'utf8');
};

test('killed at any moment of a backup that overwrites another: one of them stands under the name, whole, and is restored [B1] [U5]', async () => {
  const request = { fileName: 'o.tar', backupPath: here.path('vault'), overwrite: true, includeLogs: true };
  await change('first');
  await here.api.backup(request);
  const first = await here.api.backup(request);
  let standing = { id: first.id, content: 'first' };
  const outcomes: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await change(`round ${round}`);
    const { body } = await here.api.post('/v1/backups', request);
    await killWithin(here, durationOf(first));
    const record = await here.api.ended(`/v1/backups/${body.id}`, 10);
    outcomes.push(record.state);
    const before = (await here.api.get(`/v1/backups/${standing.id}`)).body;
    if (record.state === 'SUCCESS') {
      expect(before.replacedBy).toBe(record.id);
      standing = { id: record.id, content: `round ${round}` };
    } else {
      expect(record).toMatchObject({ state: 'FAILED', shortError: expect.stringContaining('interrupted') });
      expect(before.replacedBy).toBeUndefined();
    }
    expect(stagedIn(here.path('vault'))).toEqual([]);
    expect(inVault().filter((name) => name.endsWith('.tar'))).toEqual(['o.tar']);
    expect(await restored(standing.id)).toBe(standing.content);
  }
  console.info(`outcomes: ${outcomes.join(', ')}`);
}, 120_000);

test('killed at any moment of a backup into another place: FAILED leaves nothing there, SUCCESS its archive [B1]', async () => {
  const request = { backupPath: here.path('vault') };
  const first = await here.api.backup(request);
  for (let round = 0; round < ROUNDS / 2; round++) {
    const before = inVault();
    const { body } = await here.api.post('/v1/backups', request);
    await killWithin(here, durationOf(first));
    const record = await here.api.ended(`/v1/backups/${body.id}`, 10);
    if (record.state === 'FAILED') {
      expect(record.shortError).toContain('interrupted');
      expect(inVault()).toEqual(before);
    } else expect(inVault()).toEqual([...before, record.fileName].sort());
    expect((await here.api.backup(request)).state).toBe('SUCCESS');
  }
}, 60_000);
