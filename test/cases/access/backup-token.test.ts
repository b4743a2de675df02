/**
 * The backup token, a second secret for making, downloading and restoring backups; and the daily limit of
 * backups.
 */
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { holdfast } from '../../cli/run-holdfast.ts';
import { Installation } from '../installation.ts';
import { MailSink } from '../mail-sink.ts';

let installation: Installation;
let mail: MailSink;
const wanted = (changes: object) => (folder: string) => ({
  components: [{ id: 'files', kind: 'directory', path: `${folder}/source` }],
  ...changes,
});
const run = (args: string[], env: Record<string, string> = {}) =>
  holdfast([...args, '--data', installation.data], { env });

describe('a backup token', () => {
  beforeAll(async () => {
    mail = await MailSink.start();
    const email = { to: ['ada@example.com', 'ben@example.com'], smtp: { env: 'SMTP_URL' } };
    installation = await Installation.start({
      config: wanted({ backupToken: { required: true, waitHours: 24 }, notifications: { email } }),
      env: { SMTP_URL: mail.url },
    });
    await writeFile(installation.path('source', 'a.txt'), 'something');
  });
  afterAll(async () => {
    await installation.close();
    await mail.close();
  });

  let text = '';
  const post = (path: string, body: object = {}, backupToken?: string) =>
    installation.api.post(path, body, {
      headers: backupToken === undefined ? {} : { 'Holdfast-Backup-Token': backupToken },
    });

  test('is wanted beside the API token, and says so [O3]', async () => {
    const { status, body } = await post('/v1/backups');
    expect([status, body.code]).toEqual([403, 'backup_token_refused']);
    expect((await installation.api.get('/v1/backup-token')).body).toMatchObject({
      required: true,
      exists: false,
    });
  });

  test('is made by a word and the same API token once more, shown once, and kept as a hash [O3] [O4]', async () => {
    const { token } = installation.api;
    const make = (confirm: string, proof: string) => post('/v1/backup-token', { confirm, token: proof });
    expect((await make('yes', token)).status).toBe(400);
    expect((await make('create', 'hf_other')).body.code).toBe('forbidden');
    const other = (await post('/v1/tokens', { name: 'other', role: 'administrator' })).body.token;
    expect((await make('create', other)).body.code).toBe('forbidden');
    expect((await make('reset', token)).status).toBe(404);
    const made = await make('create', token);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      exists: true,
      usable: false,
      backupToken: expect.stringMatching(/^hfb_/),
    });
    text = made.body.backupToken;
    expect((await make('create', token)).status).toBe(409);
    expect(JSON.stringify((await installation.api.get('/v1/backup-token')).body)).not.toContain(text);
    const told = () => mail.messages.filter((one) => one.includes('created a backup token'));
    await installation.api.until('/v1/status', () => told().length >= 2);
    for (const to of ['ada@example.com', 'ben@example.com']) {
      const message = told().find((one) => one.includes(`To: ${to}`));
      expect(message).toContain('created a backup token');
      expect(message).not.toContain(text);
    }
  });

  test('waits, and the refusal says how many hours are left [O6]', async () => {
    const { status, body } = await post('/v1/backups', {}, text);
    expect([status, body.code, body.hoursLeft]).toEqual([403, 'backup_token_refused', 24]);
    expect(body.detail).toMatch(/can be used in 24 hours/);
  });

  test('is of use at once when the host says so, and the trail tells who said it [O6]', async () => {
    const { resources } = (await installation.api.get('/v1/audit?action=makeBackupToken&outcome=done')).body;
    const { id } = resources[0].actor;
    expect((await run(['backup-token', 'allow-now', 'token-none'])).code).toBe(4);
    expect(await run(['backup-token', 'allow-now', id])).toMatchObject({ code: 0 });
    const trail = (await installation.api.get('/v1/audit?action=backup-token.allow-now&outcome=done')).body;
    expect(trail.resources).toMatchObject([{ actor: { kind: 'host' }, subject: `tokens/${id}` }]);
    expect((await installation.api.get('/v1/audit/verify')).body.valid).toBe(true);
    expect((await run(['backup-token', 'show'])).out).toContain('You have one, created at');
  });

  test('opens making, downloading and restoring to whoever has both, and to nobody else [O3]', async () => {
    expect((await post('/v1/backups', {}, `${text}x`)).body.code).toBe('backup_token_refused');
    const created = await run(['backup', 'create', '--wait'], { HOLDFAST_BACKUP_TOKEN: text });
    expect([created.code, created.err]).toEqual([0, expect.any(String)]);
    const { id } = (await installation.api.get('/v1/backups')).body.resources[0];
    const targets = { files: installation.path('restored') };
    for (const [path, body] of [
      [`/v1/backups/${id}/download`, {}],
      [`/v1/backups/${id}/restores`, { targets }],
    ] as const) {
      expect((await post(path, body)).body.code).toBe('backup_token_refused');
      expect((await post(path, body, text)).status).toBeLessThan(300);
      await installation.api.until('/v1/status', ({ state }) => state === 'IDLE');
    }
    expect((await installation.api.get(`/v1/backups/${id}/file`)).status).toBe(403);
    const file = installation.path('got.tar');
    expect(
      (await run(['backup', 'download', id, '--output', file], { HOLDFAST_BACKUP_TOKEN: text })).code,
    ).toBe(0);
    // A dry run needs no backup token.
    expect((await post(`/v1/backups/${id}/restores`, { targets, dryRun: true })).status).toBe(202);
    await installation.api.until('/v1/status', ({ state }) => state === 'IDLE');
  });

  test('that is reset ends the old one, and waits again [O6]', async () => {
    const { body } = await post('/v1/backup-token', { confirm: 'reset', token: installation.api.token });
    expect((await post('/v1/backups', {}, text)).body.detail).toContain('not the backup token');
    expect((await post('/v1/backups', {}, body.backupToken)).body.hoursLeft).toBe(24);
    expect(installation.log).not.toContain(text);
  });

  test('is typed for on the command line, and never an argument [O3]', async () => {
    expect((await run(['backup-token', 'reset'])).code).toBe(2);
    const done = await holdfast(
      [
        'backup-token',
        'reset',
        '--confirm',
        'reset',
        '--token-file',
        '-',
        '--json',
        '--data',
        installation.data,
      ],
      { stdin: installation.api.token },
    );
    expect(done.code).toBe(0);
    expect(JSON.parse(done.out)).toMatchObject({
      backupToken: expect.stringMatching(/^hfb_/),
      usable: false,
    });
  });
});

describe('a day of backups', () => {
  test('has as many as the configuration says, counted from the audit trail', async () => {
    installation = await Installation.start({ config: wanted({ limits: { backupsPerDay: 2 } }) });
    try {
      const { api } = installation;
      for (let n = 0; n < 2; n++) {
        const { body } = await api.post('/v1/backups');
        await api.ended(`/v1/backups/${body.id}`);
        await api.delete(`/v1/backups/${body.id}`);
      }
      const refused = await api.post('/v1/backups');
      expect([refused.status, refused.body.code]).toEqual([429, 'daily_limit']);
      const wait = Date.parse(refused.body.nextAt) - Date.now();
      expect(wait).toBeGreaterThan(23 * 3600_000);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(23 * 3600);
      // Each principal has a daily limit of its own.
      const { body } = await api.post('/v1/tokens', { name: 'second', role: 'administrator' });
      expect((await api.post('/v1/backups', {}, { token: body.token })).status).toBe(202);
      await api.until('/v1/status', ({ state }) => state === 'IDLE');
    } finally {
      await installation.close();
    }
  });
});
