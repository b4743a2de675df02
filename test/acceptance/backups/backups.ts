import { beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../../contract/eventually.ts';
import type { Answer } from '../api.ts';
import { type AcceptanceHost, idle, setup } from '../host.ts';

/** A backup, from its request to its end, and its restore. */
export const describeBackups = (here: () => AcceptanceHost): void => {
  describe('a backup', () => {
    let host: AcceptanceHost;
    let backup: Answer['body'];
    let mailsBefore = 0;
    let storedBefore: string[];

    beforeAll(async () => {
      host = here();
      await idle(host);
      storedBefore = await host.stored();
      mailsBefore = (await host.mails()).length;
    });

    test('starts once of ten requests at one instant; nine are told which one runs [K2] [U2]', async () => {
      const { api, components } = host;
      const request = { label: 'first', includeLogs: true, components };
      const answers = await Promise.all(Array.from({ length: 10 }, () => api.post('/v1/backups', request)));
      expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array(9).fill(409)]);
      const accepted = answers.filter(({ status }) => status === 202);
      const refused = answers.filter(({ status }) => status === 409);
      backup = accepted[0]?.body;
      for (const { body } of refused)
        expect(body).toMatchObject({ code: 'operation_running', operation: { id: backup.id } });
    });

    test('runs through the state machine to SUCCESS, read back and verified [K4] [B3]', async () => {
      backup = await host.api.ended(`/v1/backups/${backup.id}`, host.seconds);
      expect(backup).toMatchObject({
        state: 'SUCCESS',
        shortError: '',
        components: Object.fromEntries(host.components.map((id) => [id, { state: 'SUCCESS' }])),
      });
      expect(backup.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(backup.verifiedAt).not.toBeNull();
      await eventually('the execution succeeds', async () =>
        (await host.execution('backup', backup.id)) === 'SUCCEEDED' ? true : undefined,
      );
    });

    test('is listed, shown, and its contents told [D3] [U9]', async () => {
      const { api, listed } = host;
      expect((await api.get('/v1/backups?label=first')).body).toMatchObject({
        total: 1,
        resources: [{ id: backup.id }],
      });
      expect((await api.get(`/v1/backups/${backup.id}`)).body).toMatchObject({
        id: backup.id,
        state: 'SUCCESS',
      });
      const { body } = await api.get(
        `/v1/backups/${backup.id}/contents?component=${listed.component}&limit=100`,
      );
      expect(body.resources.map(({ path }: { path: string }) => path)).toEqual(
        expect.arrayContaining([expect.stringContaining(listed.path)]),
      );
      expect((await api.get(`/v1/backups/${backup.id}/log`)).text).toContain('archive sealed');
    });

    test('leaves the archive, its log and nothing else in the store [B1]', async () => {
      await idle(host);
      const added = [backup.fileName, backup.logFileName];
      expect((await host.stored()).sort()).toEqual([...storedBefore, ...added].sort());
    });

    test('is downloaded as the file that its record describes [C11]', async () => {
      const { body } = await host.api.post(`/v1/backups/${backup.id}/download`);
      const file = await host.fetchArchive(body.url);
      expect(file.length).toBe(backup.archiveBytes);
      expect(file.subarray(0, 13).toString()).toBe('holdfast.json');
    });

    test('is told by mail [K5]', async () => {
      const mail = await eventually('the mail is there', async () =>
        (await host.mails()).slice(mailsBefore).find((text) => text.includes(backup.id)),
      );
      expect(mail).toContain('ops@example.com');
    });

    test('is verified on request, every segment decrypted [U9]', async () => {
      await idle(host);
      const { status, body } = await host.api.post(`/v1/backups/${backup.id}/verify`, { deep: true });
      expect(status).toBe(202);
      const ended = await host.api.ended(`/v1/verifications/${body.id}`, host.seconds);
      expect(ended).toMatchObject({ state: 'SUCCESS' });
    });

    test('restores to other places, the same as it was, and says what to restart [K6] [D6] [T7] [C16]', async () => {
      await idle(host);
      const { api, targets, components, seconds } = host;
      const { status, body } = await api.post(`/v1/backups/${backup.id}/restores`, { targets });
      expect(status).toBe(202);
      expect(await api.ended(`/v1/restores/${body.id}`, seconds)).toMatchObject({
        state: 'SUCCESS',
        componentStatus: Object.fromEntries(components.map((id) => [id, 'SUCCESS'])),
        afterwards: [`uploads: ${setup.afterRestore}`],
      });
      await host.expectRestored();
    });

    test('is deleted, with its archive and log [D5]', async () => {
      await idle(host);
      expect((await host.api.delete(`/v1/backups/${backup.id}`)).status).toBe(204);
      expect((await host.api.get(`/v1/backups/${backup.id}`)).status).toBe(404);
      expect((await host.stored()).sort()).toEqual([...storedBefore].sort());
    });
  });
};
