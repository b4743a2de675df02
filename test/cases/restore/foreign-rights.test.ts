/**
 * Permissions that an archive of another installation may contain, and which of them a restore leaves out
 * unless the request asks for them.
 */
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Api } from '../../acceptance/api.ts';
import { type HandMadeEntry, listedSegment } from '../../archive/crafted/hand-made-component.ts';
import { makeSampleArchive } from '../../archive/samples/sample-archive.ts';
import { holdfast } from '../../cli/run-holdfast.ts';
import { deadlineIn } from '../../deadline.ts';
import { writeTree } from '../files.ts';
import { Installation } from '../installation.ts';
import { reseal, sealOf, uploadArchive } from '../transfer/transfers.ts';

const passphrase = 'befit-brakeman-footstep-unclasp';
const asRoot = process.geteuid?.() === 0 ? test : test.skip;
let here: Installation;
let api: Api;
const target = (): string => here.path('target');

beforeAll(async () => {
  here = await Installation.start({
    config: () => ({
      installation: 'lisbon',
      components: [{ id: 'files', kind: 'directory', path: 'source' }],
    }),
  });
  api = here.api;
  await writeTree(here.path('source'), { tool: 'x', 'plain.txt': 'y' });
  await chmod(here.path('source', 'tool'), 0o4755);
}, 60_000);
afterAll(() => here.close());
beforeEach(() => rm(target(), { recursive: true, force: true }));

const entries: HandMadeEntry[] = [
  { path: '.', type: 'directory' },
  { path: 'data', content: 'y', mode: 0o644, uid: 1000 },
  { path: 'tool', content: 'x', mode: 0o6755 },
];

/** Imports an archive that another installation signed; returns the backup's id. */
const bringIn = async (written = entries, listed = written): Promise<string> => {
  const { plain } = listedSegment(written, { endsTar: true });
  const { listed: told } = listedSegment(listed, { endsTar: true });
  const { bytes, head } = await makeSampleArchive({
    passphrase,
    components: { files: { segments: [plain], contents: [told] } },
    head: { backupId: `nightly-${randomUUID()}` },
  });
  expect((await uploadArchive(api, bytes)).state).toBe('SUCCESS');
  return head.backupId;
};

const mode = (path: string): string => (statSync(`${target()}/${path}`).mode & 0o7777).toString(8);
const into = (more: object = {}) => ({ targets: { files: target() }, ...more });
const trusted = async (id: string, more: object = {}) =>
  into({ passphrase, trust: await sealOf(api, id), ...more });

describe('a restore as root of an archive that another installation made [B7] [B8]', () => {
  asRoot(
    'leaves setuid and setgid out, and says so in plan, record, log and at the command line',
    async () => {
      const id = await bringIn();
      const dry = await api.restore(id, await trusted(id, { dryRun: true }));
      expect(dry).toMatchObject({
        setuid: false,
        plan: { files: { rights: { setuid: 1, setgid: 1, owners: 1, executables: 1 } } },
      });
      const restore = await api.restore(id, await trusted(id));
      expect(restore).toMatchObject({
        state: 'SUCCESS',
        setuid: false,
        components: { files: { bitsLeftOut: { count: 1, paths: ['tool'] } } },
      });
      expect([mode('tool'), statSync(`${target()}/data`).uid]).toEqual(['755', 1000]);
      const show = (restoreId: string) =>
        holdfast(['restore', 'show', restoreId], { env: { HOLDFAST_DATA: here.data } });
      expect((await show(dry.id)).out).toContain(
        'files: 1 with setuid (left out; --setuid restores it), 1 with setgid (left out; --setuid restores it), 1 of other owners or groups, 1 executables',
      );
      expect((await show(restore.id)).out).toMatch(/^setuid and setgid were left out of\n {2}files: tool$/m);
      const deadline = deadlineIn(10_000);
      while (!/restore\.succeeded.*left out of 1/.test(here.log) && !deadline.isOver)
        await new Promise((resolve) => setTimeout(resolve, 20));
      expect(here.log).toMatch(/restore\.succeeded.*setuid and setgid were left out of 1/);
    },
    60_000,
  );

  asRoot(
    'gives them back when it is asked to, and not merely because its signer is trusted',
    async () => {
      const id = await bringIn();
      expect(await api.restore(id, await trusted(id, { setuid: true }))).toMatchObject({
        state: 'SUCCESS',
        setuid: true,
      });
      expect(mode('tool')).toBe('6755');
      const { signedBy } = (await api.get(`/v1/backups/${id}`)).body;
      expect((await api.post('/v1/verify-keys', { installation: 'acme', publicKey: signedBy })).status).toBe(
        201,
      );
      expect(await api.restore(id, into({ passphrase }))).toMatchObject({ state: 'SUCCESS', setuid: false });
      expect(mode('tool')).toBe('755');
      // Re-sealing it under our own signature does not change this.
      expect((await reseal(api, id, { passphrase })).state).toBe('SUCCESS');
      expect(await api.restore(id, into())).toMatchObject({ state: 'SUCCESS', setuid: false });
      expect(mode('tool')).toBe('755');
    },
    90_000,
  );

  test('fails when a content is not the one that contents list, and names it', async () => {
    const id = await bringIn(entries, [...entries.slice(0, 2), { path: 'tool', content: 'z', mode: 0o6755 }]);
    const restore = await api.restore(id, await trusted(id));
    expect(restore).toMatchObject({
      state: 'FAILED',
      componentStatus: { files: 'FAILED' },
      shortError: expect.stringContaining('"tool" does not have the SHA-256 that contents list'),
    });
    const verify = await api.post(`/v1/backups/${id}/verify`, { deep: true, passphrase });
    // This installation does not know the archive's signer.
    expect(verify.body.code).toBe('archive_signer_unknown');
  }, 60_000);

  test('fails when the tar has another mode than contents say: setuid, of root', async () => {
    const id = await bringIn(entries, [
      ...entries.slice(0, 2),
      { path: 'tool', content: 'x', mode: 0o644, uid: 1000 },
    ]);
    expect(await api.restore(id, await trusted(id, { setuid: true }))).toMatchObject({
      state: 'FAILED',
      shortError: expect.stringContaining(
        'the mode 6755, and contents list 0644; the uid 0, and contents list 1000',
      ),
    });
    expect(() => statSync(`${target()}/tool`)).toThrow('ENOENT');
  }, 60_000);
});

describe('a restore as root of an archive that was made here', () => {
  asRoot(
    'gives setuid back, and leaves it out with --no-setuid',
    async () => {
      const { id } = await api.backup({ components: ['files'] });
      expect(await api.restore(id, into())).toMatchObject({ state: 'SUCCESS', setuid: true });
      expect(mode('tool')).toBe('4755');
      const done = await holdfast(
        ['backup', 'restore', id, '--to', `files=${target()}`, '--no-setuid', '--wait', '--json'],
        { env: { HOLDFAST_DATA: here.data } },
      );
      expect(JSON.parse(done.out)).toMatchObject({
        state: 'SUCCESS',
        setuid: false,
        components: { files: { bitsLeftOut: { count: 1, paths: ['tool'] } } },
      });
      expect(mode('tool')).toBe('755');
      const kept = await holdfast(
        ['backup', 'restore', id, '--to', `files=${target()}`, '--setuid', '--wait', '--json'],
        {
          env: { HOLDFAST_DATA: here.data },
        },
      );
      expect([JSON.parse(kept.out).setuid, mode('tool')]).toEqual([true, '4755']);
    },
    60_000,
  );
});
