import { beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../../contract/eventually.ts';
import type { Answer } from '../api.ts';
import { type AcceptanceHost, idle } from '../host.ts';

const passphrase = 'correct horse battery staple';
const fileName = 'chosen by hand.tar';
const logFileName = 'chosen by hand.log';

/** A backup whose request sets every option. */
export const describeChoices = (here: () => AcceptanceHost): void => {
  describe('a backup whose name, place, components, key and reader are chosen', () => {
    let host: AcceptanceHost;
    let backup: Answer['body'];
    const request = () => ({
      ...{ label: 'chosen', components: ['orders'], passphrase, fileName, includeLogs: true, logFileName },
      ...{ backupPath: host.places.other, notify: 'alice@example.org' },
    });
    const begin = (changes: object = {}, headers: Record<string, string> = {}) =>
      host.api.post('/v1/backups', { ...request(), ...changes }, { headers });

    beforeAll(async () => {
      host = here();
      await idle(host);
    });

    test('lies in that place under that name, is of these components alone, and begins once under its key [U5] [O8] [D2] [B16]', async () => {
      const { api } = host;
      const before = await host.stored();
      const once = { 'idempotency-key': 'chosen' };
      const [first, second] = await Promise.all([begin({}, once), begin({}, once)]);
      expect([first?.status, second?.status, second?.body.id]).toEqual([202, 202, first?.body.id]);
      backup = await api.ended(`/v1/backups/${first?.body.id}`, host.seconds);
      expect(backup).toMatchObject({
        ...{ state: 'SUCCESS', shortError: '', fileName, logFileName, backupPath: host.places.other },
        id: expect.stringMatching(/^chosen-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      });
      expect(Object.keys(backup.components)).toEqual(['orders']);
      const listed = (await api.get(`/v1/backups/${backup.id}/contents`, inHeader(passphrase))).body;
      expect(new Set(listed.resources.map(({ component }: { component: string }) => component))).toEqual(
        new Set(['orders']),
      );
      // The installation's own store has no file of this backup.
      expect((await host.stored()).sort()).toEqual(before.sort());
      expect((await begin({}, once)).body.id).toBe(backup.id);
      const other = await begin({ label: 'other' }, once);
      expect([other.status, other.body.code]).toEqual([409, 'idempotency_conflict']);
    });

    test('is the last one that the status names [C9]', async () => {
      await idle(host);
      const { last } = (await host.api.get('/v1/status')).body;
      expect(last).toMatchObject({ id: backup.id, kind: 'backup', state: 'SUCCESS' });
    });

    test('is written over by no other of that name [U5]', async () => {
      for (const taken of [{}, { fileName: 'another.tar' }]) {
        const { status, body } = await begin(taken);
        expect([status, body.code]).toEqual([409, 'file_exists']);
      }
    });

    test('keeps the log of its run under that name [U7]', async () => {
      const { text } = await host.api.get(`/v1/backups/${backup.id}/log`);
      expect(text).toContain('archive sealed');
      expect(await host.read(host.places.other, logFileName)).toBe(text);
    });

    test('is told to whoever asked by mail, with a link to the page, which asks who they are [O5]', async () => {
      const link = `https://backups.example.com/console/#/backups/${backup.id}`;
      const mail = await eventually('Alice has a mail', async () =>
        (await host.mails())
          .map((text) => text.replaceAll(/=\r?\n/g, '').replaceAll('=3D', '='))
          .find((text) => text.includes('alice@example.org') && text.includes(backup.id)),
      );
      expect(mail).toContain(link);
      expect(mail).not.toContain(passphrase);
      expect((await host.api.get(`/v1/backups/${backup.id}`, { token: null })).status).toBe(host.wrongToken);
    });

    test('opens with its passphrase alone, and restores what was chosen [U6] [O8]', async () => {
      const { api } = host;
      const targets = { orders: host.targets.orders };
      const path = `/v1/backups/${backup.id}/restores`;
      const without = await api.post(path, { targets });
      expect([without.status, without.body.code]).toEqual([400, 'invalid_request']);
      const wrong = await api.post(path, { targets, passphrase: 'something else entirely' });
      expect([wrong.status, wrong.body.code]).toEqual([403, 'wrong_passphrase']);
      await idle(host);
      const right = await api.post(path, { targets, passphrase, existing: 'overwrite' });
      expect([right.status, right.body.detail]).toEqual([202, undefined]);
      const restored = await api.ended(`/v1/restores/${right.body.id}`, host.seconds);
      expect(restored).toMatchObject({ state: 'SUCCESS', componentStatus: { orders: 'SUCCESS' } });
      expect(restored.components.orders.entries).toBe(backup.components.orders.entries);
    });
  });
};

const inHeader = (text: string) => ({ headers: { 'holdfast-passphrase': encodeURIComponent(text) } });
