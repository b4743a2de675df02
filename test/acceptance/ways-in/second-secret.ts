import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../../contract/eventually.ts';
import type { Answer } from '../api.ts';
import { type AcceptanceHost, idle } from '../host.ts';

/** The same installation with another configuration: backups are disabled, and a backup token is required. */
export const describeSecondSecret = (here: () => AcceptanceHost): void => {
  describe('where backups are switched off and a backup token is wanted', () => {
    let host: AcceptanceHost;
    let goBack: () => Promise<void>;
    let text: string;
    let backupId: string;
    let mailsBefore: number;

    beforeAll(async () => {
      host = here();
      await idle(host);
      const { resources } = (await host.api.get('/v1/backups?limit=1000')).body;
      backupId = resources.find(({ state }: { state: string }) => state === 'SUCCESS').id;
      mailsBefore = (await host.mails()).length;
      goBack = await host.configure({ backups: false, backupToken: { required: true, waitHours: 24 } });
    }, 120_000);
    afterAll(async () => goBack?.(), 120_000);

    const withToken = (path: string, token = text, body: object = {}): Promise<Answer> =>
      host.api.post(path, body, { headers: { 'holdfast-backup-token': token } });
    const download = () => `/v1/backups/${backupId}/download`;

    test('the API token alone makes and brings away nothing [O3]', async () => {
      for (const path of ['/v1/backups', download()]) {
        const { status, body } = await host.api.post(path);
        expect([path, status, body.code]).toEqual([path, 403, 'backup_token_refused']);
      }
    });

    test('a backup token is made by a word and the API token once more, and shown once [O3]', async () => {
      const { api } = host;
      const make = (confirm: string, token = api.token) => api.post('/v1/backup-token', { confirm, token });
      expect((await make('yes')).status).toBe(400);
      expect((await make('create', 'hf_other')).body.code).toBe('forbidden');
      const made = await make('create');
      expect([made.status, made.body.detail]).toEqual([201, undefined]);
      expect(made.body).toMatchObject({ usable: false, backupToken: expect.stringMatching(/^hfb_/) });
      text = made.body.backupToken;
      expect((await make('create')).status).toBe(409);
      const shown = await api.get('/v1/backup-token');
      expect(shown.body).toMatchObject({ required: true, exists: true });
      expect(shown.text).not.toContain(text);
    });

    test('every administrator is told of it by mail, and not the token itself [O4]', async () => {
      await host.sweep();
      const mail = await eventually(
        'the mail is there',
        async () =>
          (await host.mails()).slice(mailsBefore).find((one) => one.includes('created a backup token')),
        60_000,
      );
      expect(mail).toContain('ops@example.com');
      expect(mail).not.toContain(text);
    });

    test('it waits, and whoever operates the host ends the wait [O6]', async () => {
      const early = await withToken(download());
      expect([early.status, early.body.code, early.body.hoursLeft]).toEqual([
        403,
        'backup_token_refused',
        24,
      ]);
      const acts = (await host.api.get('/v1/audit?action=makeBackupToken&outcome=done')).body.resources;
      await host.allowBackupToken(acts[0].actor.id);
      const trail = (await host.api.get('/v1/audit?action=backup-token.allow-now&outcome=done')).body;
      expect(trail.resources).toMatchObject([{ subject: `tokens/${acts[0].actor.id}` }]);
    });

    test('with both, archives are brought away, and a backup is refused for the switch alone [O1] [O3]', async () => {
      expect((await withToken(download(), `${text}x`)).body.code).toBe('backup_token_refused');
      expect((await withToken(download())).status).toBe(200);
      const off = await withToken('/v1/backups');
      expect([off.status, off.body.code]).toEqual([expect.any(Number), 'backups_disabled']);
      expect(off.body.detail).toContain('switched off');
    });
  });
};
