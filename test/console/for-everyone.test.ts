/**
 * The page for all users: by keyboard, by screen reader, on small and large screens, in both colour schemes
 * and languages.
 */
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { Installation } from '../cases/installation.ts';
import { testWith } from '../tools/debian-tools.ts';
import { faultsOf } from './axe.ts';
import { enter, startBrowser, visit } from './browser.ts';

const test = testWith('chromium');

let here: Installation;
let browser: Browser;
let backupId: string;
let restoreId: string;
let noticeId: string;
let approvalId: string;
beforeAll(async () => {
  here = await Installation.start({
    config: (folder) => ({
      components: [{ id: 'files', kind: 'directory', path: `${folder}/source` }],
      approval: { actions: ['restore', 'key.export'] },
      schedules: [{ id: 'nightly', cron: '0 3 * * *', timeZone: 'America/New_York' }],
    }),
  });
  for (let n = 0; n < 60; n++) await writeFile(here.path('source', `file-${n}.txt`), String(n));
  await here.api.post('/v1/schedules', { id: 'daily', cron: '0 1 * * *', retention: { keepLast: 1 } });
  for (let n = 0; n < 2; n++) {
    const { body } = await here.api.post('/v1/schedules/daily/run');
    await here.api.ended(`/v1/backups/${body.id}`);
  }
  backupId = (await here.api.backup({ label: 'nightly', includeLogs: true })).id;
  await here.api.backup({ label: 'later' });
  const elsewhere = { targets: { files: here.path('beside') } };
  restoreId = (await here.api.restore(backupId, { ...elsewhere, dryRun: true })).id;
  approvalId = (await here.api.post(`/v1/backups/${backupId}/restores`, elsewhere)).body.approval.id;
  expect((await here.api.post('/v1/users', { name: 'ada', grants: [{ role: 'auditor' }] })).status).toBe(201);
  noticeId = (await here.api.get('/v1/notices')).body.resources[0].id;
  browser = await startBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await here?.close();
});

/** Each screen, and an element that shows that the screen is loaded. */
const places = (): readonly (readonly [path: string, shown: string])[] => [
  ['/', '.calendar'],
  ['/backups', '.virtual-body .row-link'],
  [`/backups/${backupId}`, '.facts'],
  [`/backups/${backupId}/contents`, '.virtual-body .path'],
  [`/backups/${backupId}/restore`, '.look'],
  ['/restore', '.offered'],
  [`/restores/${restoreId}`, '.virtual-body .path'],
  ['/compare', 'select'],
  ['/schedules', '.schedule'],
  ['/new-schedule', '.preview time'],
  ['/schedules/daily/edit', '.preview time'],
  ['/retention?schedule=daily', '.retention-rows .row-link'],
  ['/keys', 'tbody tr'],
  ['/notices', '#told'],
  [`/notices/${noticeId}`, '#deliveries'],
  ['/approvals', 'tbody tr'],
  [`/approvals/${approvalId}`, 'form .danger, .actions button'],
  ['/people', 'tbody tr'],
  ['/audit', 'tbody tr'],
  ['/domains', 'tbody tr'],
  ['/tokens', 'tbody tr'],
  ['/new', 'form.card'],
  ['/nowhere', 'h1'],
  ['/backups/backup-00000000-0000-4000-8000-000000000000', '[role="alert"] .notice'],
  ['/restores/restore-00000000-0000-4000-8000-000000000000', '[role="alert"] .notice'],
  ['/approvals/approval-00000000-0000-4000-8000-000000000000', '[role="alert"] .notice'],
  ['/backups/backup-00000000-0000-4000-8000-000000000000/restore', '[role="alert"] .notice'],
];

/** Each dialog that a screen opens, with the button that opens it. */
const dialogs = (): readonly (readonly [path: string, button: string])[] => [
  [`/backups/${backupId}`, '.actions .danger'],
  [`/backups/${backupId}`, '.actions button:nth-last-child(2)'],
  ['/schedules', '.schedule .danger'],
  ['/keys', 'tbody button'],
  ['/keys', '.screen-head button'],
  ['/tokens', '.screen-head button'],
  ['/tokens', 'tbody .danger'],
  ['/domains', '.screen-head button'],
  ['/people', '.screen-head button'],
  ['/people', 'tbody button:nth-child(1)'],
  ['/people', 'tbody button:nth-child(2)'],
  ['/people', 'tbody .danger'],
  ['/', '.account > button'],
];

describe.each([
  ['light', 'en'],
  ['dark', 'de'],
] as const)('in the %s scheme, in the language %s [U10]', (colorScheme, language) => {
  test.each([360, 1024])(
    'axe finds nothing in any dialog that is open, and Escape closes each, at %d pixels',
    async (width) => {
      const { page, behaved } = await enter(browser, here, { colorScheme, viewport: { width, height: 800 } });
      await page.getByLabel('Language').selectOption(language);
      for (const [path, button] of dialogs()) {
        await visit(page, '/nowhere');
        await visit(page, path);
        await page.locator(button).first().click();
        const dialog = page.locator('dialog[open]');
        await dialog.waitFor();
        expect([path, button, await faultsOf(page)]).toEqual([path, button, []]);
        const isWithin = await dialog.evaluate((shown) => shown.scrollWidth <= shown.clientWidth);
        expect([path, button, isWithin]).toEqual([path, button, true]);
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'detached' });
      }
      behaved();
      await page.context().close();
    },
  );

  test.each([360, 1024, 1920, 3840])(
    'axe finds nothing, and nothing is wider than the window, at %d pixels',
    async (width) => {
      const { page, behaved } = await enter(browser, here, { colorScheme, viewport: { width, height: 800 } });
      await page.getByLabel('Language').selectOption(language);
      for (const [path, shown] of places()) {
        await visit(page, path);
        await page.locator(shown).first().waitFor();
        const widest = await page.evaluate(() => document.documentElement.scrollWidth);
        expect([path, widest]).toEqual([path, width]);
        expect([path, await faultsOf(page)]).toEqual([path, []]);
      }
      behaved();
      await page.context().close();
    },
  );
});

test('by the keyboard alone one comes past the menu, to a backup, and into its restore [U10]', async () => {
  const { page, behaved } = await enter(browser, here);
  const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? '');
  const tabTo = async (text: RegExp): Promise<void> => {
    for (let n = 0; n < 60; n++) {
      await page.keyboard.press('Tab');
      if (text.test(await focused())) return;
    }
    throw new Error(`no Tab leads to ${text}`);
  };
  await tabTo(/Skip to content/);
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
  await visit(page, '/backups');
  await page.locator('.virtual-body .row-link').first().waitFor();
  await tabTo(/^nightly/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'nightly' }).waitFor();
  await tabTo(/Restore from it/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: '4. See what would happen' }).waitFor();
  await tabTo(/^See what would happen$/);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Restore now' }).waitFor();
  behaved();
});

test('speaks German to whoever reads German, and changes when asked; times have their zone [U10]', async () => {
  const { page } = await enter(browser, here, { locale: 'en-GB' });
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  expect((await page.locator('time').first().textContent()) ?? '').toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d CET|GMT\+1|CEST/,
  );
  await page.getByLabel('Language').selectOption('de');
  await page.getByRole('heading', { name: 'Übersicht' }).waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('de');
  await page.reload();
  await page.getByRole('heading', { name: 'Übersicht' }).waitFor();
  const context = await browser.newContext({ locale: 'de-DE' });
  const german = await context.newPage();
  await german.goto(`${here.api.url}/`);
  await german.getByRole('heading', { name: 'Anmelden' }).waitFor();
  await context.close();
});

test('what the API refuses is said in German by its code, with the API’s own English sentence marked as such [U10]', async () => {
  const { page, behaved } = await enter(browser, here);
  await page.getByLabel('Language').selectOption('de');
  await visit(page, '/backups/backup-00000000-0000-4000-8000-000000000000');
  const alert = page.getByRole('alert').filter({ hasText: 'Das gibt es hier nicht.' });
  await alert.waitFor();
  expect(await alert.locator('[lang="en"]').textContent()).toMatch(/there is no backup/);
  await alert.getByText('not_found').waitFor();
  behaved();
});
