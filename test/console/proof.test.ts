/**
 * For an action that cannot be undone, a session that was left open must first prove its identity again, to
 * the API and on the page.
 */
import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { everyRoute } from '../../lambdas/api-handlers.ts';
import { findRoutes } from '../../lib/api/router.ts';
import { letProofsAge } from '../cases/aged-proofs.ts';
import { Installation } from '../cases/installation.ts';
import { makePerson, PAGE, PASSWORD, signInPerson } from '../cases/people.ts';
import { testWith } from '../tools/debian-tools.ts';
import { enter, enterByPassword, startBrowser, visit } from './browser.ts';

const inBrowser = testWith('chromium');

let here: Installation;
let browser: Browser;
let backupId: string;
beforeAll(async () => {
  here = await Installation.start({
    config: (folder) => ({ components: [{ id: 'files', kind: 'directory', path: `${folder}/source` }] }),
  });
  await writeFile(here.path('source', 'a.txt'), 'a');
  backupId = (await here.api.backup({ label: 'nightly' })).id;
  browser = await startBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await here?.close();
});

const sessionByToken = async (): Promise<string> => {
  const { headers } = await here.api.post('/v1/sessions');
  return headers.get('set-cookie')?.split(';')[0] ?? '';
};
const ask = (method: string, path: string, cookie: string, body?: unknown) =>
  here.api.call(method, path, {
    token: null,
    headers: { cookie, ...PAGE },
    ...(body !== undefined && { body }),
  });

const newVerifyKey = (): string =>
  generateKeyPairSync('ed25519')
    .publicKey.export({ format: 'der', type: 'spki' })
    .subarray(-32)
    .toString('base64');

const dangerous = (): readonly (readonly [method: string, path: string, body?: object])[] => [
  ['POST', `/v1/backups/${backupId}/restores`, { inPlace: true }],
  ['POST', `/v1/backups/${backupId}/restores`, { targets: { files: '/tmp/elsewhere' }, existing: 'skip' }],
  ['POST', '/v1/backups', { overwrite: true, components: ['none'] }],
  ['POST', `/v1/approvals/approval-${crypto.randomUUID()}/approve`, { digest: '0'.repeat(64) }],
  ['DELETE', `/v1/backups/${backupId}`],
  ['DELETE', `/v1/backups/${backupId}/hold`],
  ['POST', `/v1/backups/${backupId}/reseal`, { keyId: `key-${crypto.randomUUID()}` }],
  ['POST', `/v1/keys/key-${crypto.randomUUID()}/default`],
  ['POST', '/v1/keys/upload', { file: 'x', password: 'long enough words here' }],
  ['POST', '/v1/verify-keys', { installation: 'other', publicKey: newVerifyKey() }],
  ['DELETE', `/v1/verify-keys/${'0'.repeat(64)}`],
  ['DELETE', '/v1/domains/empty', {}],
  ['POST', `/v1/backups/${backupId}/removal`, { reason: 'old' }],
  ['POST', `/v1/keys/key-${crypto.randomUUID()}/download`, { password: 'long enough words here' }],
  ['DELETE', `/v1/keys/key-${crypto.randomUUID()}`, {}],
  ['POST', '/v1/tokens', { name: 'more', role: 'administrator' }],
  ['DELETE', `/v1/tokens/token-${crypto.randomUUID()}`, {}],
  ['POST', '/v1/users', { name: 'eve', grants: [{ role: 'administrator' }] }],
  ['POST', `/v1/users/user-${crypto.randomUUID()}/disable`, {}],
  ['DELETE', `/v1/users/user-${crypto.randomUUID()}`, {}],
  ['POST', `/v1/users/user-${crypto.randomUUID()}/invitation`],
  ['POST', `/v1/users/user-${crypto.randomUUID()}/password`, { password: 'befit-brakeman-footstep' }],
  ['DELETE', '/v1/domains/north', { deleteKeys: true }],
  ['POST', '/v1/schedules', { id: 'short', cron: '@daily', retention: { keepLast: 1 } }],
  ['PUT', '/v1/schedules/short', { cron: '@daily' }],
  ['DELETE', '/v1/schedules/short'],
  [
    'PUT',
    `/v1/users/user-${crypto.randomUUID()}`,
    { name: 'eve', mail: null, grants: [{ role: 'administrator' }] },
  ],
  ['POST', `/v1/users/user-${crypto.randomUUID()}/enable`],
];

describe('over the API [U10]', () => {
  test('a session that proved ten minutes ago whose it is does nothing that cannot be taken back, and all else', async () => {
    const cookie = await sessionByToken();
    await letProofsAge(here, 11);
    for (const [method, path, body] of dangerous()) {
      const answer = await ask(method, path, cookie, body);
      expect([method, path, answer.status, answer.body?.code]).toEqual([
        method,
        path,
        403,
        'reauthentication_required',
      ]);
    }
    const breaking = await here.api.call('POST', '/v1/schedules', {
      token: null,
      headers: { cookie, ...PAGE, 'holdfast-break-glass': 'nobody%20is%20there' },
      body: { id: 'plain', cron: '@daily' },
    });
    expect(breaking.body.code).toBe('reauthentication_required');
    expect((await ask('GET', `/v1/backups/${backupId}`, cookie)).status).toBe(200);
    const dryRun = await ask('POST', `/v1/backups/${backupId}/restores`, cookie, {
      inPlace: true,
      dryRun: true,
    });
    expect(dryRun.status).toBe(202);
    await here.api.ended(`/v1/restores/${dryRun.body.id}`);
    const plain = await ask('POST', '/v1/schedules', cookie, { id: 'plain', cron: '@daily' });
    expect(plain.status).toBe(201);
    expect((await here.api.get('/v1/audit?outcome=refused&limit=100')).body.resources).toContainEqual(
      expect.objectContaining({ action: 'createToken', code: 'reauthentication_required' }),
    );
  });

  test('of all that is always asked nothing was left out above', () => {
    const always = everyRoute.filter(({ freshProof }) => freshProof?.asked === 'always');
    const tried = dangerous().flatMap(([method, path]) =>
      findRoutes(
        always.filter((one) => one.method === method),
        path,
      ),
    );
    const names = new Set(tried.map(({ route }) => route.operationId));
    expect(always.map(({ operationId }) => operationId).filter((one) => !names.has(one))).toEqual([]);
  });

  test('a token itself is never asked: it proves it each time', async () => {
    for (const [method, path, body] of dangerous().filter(([, asked]) => !asked.includes(backupId))) {
      const answer = await here.api.call(method, path, body === undefined ? {} : { body });
      expect([path, answer.body?.code]).not.toEqual([path, 'reauthentication_required']);
    }
  });

  test('the same token, or the password, proves it; another one does not, nor the one of somebody else', async () => {
    await makePerson(here.api, 'ada');
    const [ofToken, ofPerson] = [await sessionByToken(), await signInPerson(here.api, 'ada')];
    const other = (await here.api.post('/v1/tokens', { name: 'other', role: 'administrator' })).body.token;
    await letProofsAge(here, 11);
    const prove = (cookie: string, proof: object) => ask('POST', '/v1/sessions/current/proof', cookie, proof);
    for (const [cookie, proof] of [
      [ofToken, {}],
      [ofToken, { token: other }],
      [ofToken, { password: PASSWORD }],
      [ofPerson, { password: 'another-password-of-hers' }],
      [ofPerson, { token: here.api.token }],
    ] as const) {
      expect([proof, (await prove(cookie, proof)).body.code]).toEqual([proof, 'forbidden']);
      const still = await ask('POST', '/v1/tokens', cookie, { name: 'x', role: 'auditor' });
      expect(still.body.code).toBe('reauthentication_required');
    }
    for (const [cookie, proof] of [
      [ofToken, { token: here.api.token }],
      [ofPerson, { password: PASSWORD }],
    ] as const) {
      const proven = await prove(cookie, proof);
      expect(proven.status).toBe(200);
      expect(Date.parse(proven.body.provenUntil)).toBeGreaterThan(Date.now());
      const made = await ask('POST', '/v1/tokens', cookie, { name: 'x', role: 'auditor' });
      expect(made.status).toBe(201);
    }
  });

  test('nobody proves a session that is not theirs, and another site proves nothing', async () => {
    const cookie = await sessionByToken();
    const stranger = await here.api.call('POST', '/v1/sessions/current/proof', {
      token: null,
      body: { token: here.api.token },
    });
    expect(stranger.status).toBe(401);
    const elsewhere = await here.api.call('POST', '/v1/sessions/current/proof', {
      token: null,
      headers: { cookie, ...PAGE, 'sec-fetch-site': 'cross-site' },
      body: { token: here.api.token },
    });
    expect(elsewhere.status).toBe(403);
  });
});

describe('on the page [U10]', () => {
  inBrowser('it asks for the token, and what was asked for is done', async () => {
    const { id } = await here.api.backup({ label: 'to-go' });
    const { page, behaved } = await enter(browser, here);
    await letProofsAge(here, 11);
    await visit(page, `/backups/${id}`);
    await page.getByRole('button', { name: 'Delete …' }).click();
    await page.getByLabel('Why').fill('no longer needed');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete after the days of grace' }).click();
    const proof = page.getByRole('dialog', { name: 'Is it you?' });
    await proof.getByLabel('API token').fill('hf_wrong');
    await proof.getByRole('button', { name: 'Continue' }).click();
    await proof.getByText('forbidden').waitFor();
    await proof.getByLabel('API token').fill(here.api.token);
    await proof.getByRole('button', { name: 'Continue' }).click();
    await proof.waitFor({ state: 'detached' });
    await page.getByText('no longer needed').first().waitFor();
    expect((await here.api.get(`/v1/backups/${id}`)).body.removal.reason).toBe('no longer needed');
    behaved();
    await page.context().close();
  });

  inBrowser(
    'a person is asked for the password, by keyboard alone; who would rather not does nothing',
    async () => {
      await makePerson(here.api, 'ben');
      const { page, behaved } = await enterByPassword(browser, here, 'ben');
      await page.getByRole('navigation').waitFor();
      await letProofsAge(here, 11);
      await visit(page, '/tokens');
      await page.getByRole('button', { name: 'Make a token' }).click();
      await page.getByRole('dialog').getByLabel('Name').fill('by-ben');
      await page.getByRole('dialog').getByRole('button', { name: 'Make it' }).click();
      const proof = page.getByRole('dialog', { name: 'Is it you?' });
      await proof.waitFor();
      await page.keyboard.press('Escape');
      await proof.waitFor({ state: 'detached' });
      await page.getByText('reauthentication_required').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Make it' }).click();
      await proof.getByLabel('Password').fill(PASSWORD);
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').locator('code').waitFor();
      behaved();
      await page.context().close();
    },
  );
});

describe('a backup token on the page [U10] [O3]', () => {
  let wanting: Installation;
  beforeAll(async () => {
    wanting = await Installation.start({
      config: (folder) => ({
        components: [{ id: 'files', kind: 'directory', path: `${folder}/source` }],
        backupToken: { required: true, waitHours: 0 },
      }),
    });
    await writeFile(wanting.path('source', 'a.txt'), 'of a');
  }, 60_000);
  afterAll(() => wanting?.close());

  inBrowser(
    'is asked for where it is wanted, and the backup, the file and the archive come with it',
    async () => {
      const { token } = wanting.api;
      const made = await wanting.api.post('/v1/backup-token', { confirm: 'create', token });
      const { page, behaved } = await enter(browser, wanting);
      await visit(page, '/new');
      await page.getByLabel('Label').fill('by-page');
      await page.getByRole('button', { name: 'Start the backup' }).click();
      const wanted = page.getByRole('dialog', { name: 'Backup token' });
      await wanted.getByLabel('Backup token', { exact: true }).fill('hfb_wrong');
      await wanted.getByRole('button', { name: 'Continue' }).click();
      await wanted.getByText('not the backup token').waitFor();
      await wanted.getByLabel('Backup token', { exact: true }).fill(made.body.backupToken);
      await wanted.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('status').getByText('complete').waitFor();
      const [backup] = (await wanting.api.get('/v1/backups')).body.resources;
      await visit(page, `/backups/${backup.id}`);
      const [archive] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Download the archive' }).click(),
        // The page asks for the token again for the download.
        wanted
          .getByLabel('Backup token', { exact: true })
          .fill(made.body.backupToken)
          .then(() => wanted.getByRole('button', { name: 'Continue' }).click()),
      ]);
      expect((await readFile(await archive.path())).length).toBe(backup.archiveBytes);
      behaved();
      await page.context().close();
    },
  );

  inBrowser(
    'a backup token is made by typing the word and proving it once more, and shown once [O3]',
    async () => {
      await makePerson(here.api, 'cleo');
      const { page, behaved } = await enterByPassword(browser, here, 'cleo');
      await page.getByRole('button', { name: 'My backup token' }).click();
      const dialog = page.getByRole('dialog', { name: 'My backup token' });
      await dialog.getByText('You have none.').waitFor();
      await dialog.getByLabel('Type create').fill('creat');
      await dialog.getByLabel('Your password').fill('another-password-of-hers');
      expect(await dialog.getByRole('button', { name: 'Make it' }).isDisabled()).toBe(true);
      await dialog.getByLabel('Type create').fill('create');
      await dialog.getByRole('button', { name: 'Make it' }).click();
      await dialog.getByText('forbidden').waitFor();
      await dialog.getByLabel('Your password').fill(PASSWORD);
      await dialog.getByRole('button', { name: 'Make it' }).click();
      expect(await dialog.locator('code').textContent()).toMatch(/^hfb_/);
      await dialog.getByRole('button', { name: 'Close' }).last().click();
      // A backup token exists; the page does not show it again, and a new one replaces it.
      await page.getByRole('button', { name: 'My backup token' }).click();
      await dialog.getByText('You have one. It is valid from:').waitFor();
      await dialog.getByLabel('Type reset').waitFor();
      expect(await dialog.locator('code').count()).toBe(0);
      behaved();
      await page.context().close();
    },
  );
});
