/** The page for everyone: by keyboard, by screen reader, on small and large screens, in both schemes and languages. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { Installation } from '../cases/installation.ts';
import { testWith } from '../tools/debian-tools.ts';
import { enter, startBrowser, visit } from './browser.ts';

const test = testWith('chromium');
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

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

/** Each screen, and what is there when it is shown. */
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
];

/** What axe finds against WCAG 2.2 A and AA and its own best practices. The page's policy lets in no script; the browser's tools do. */
const faults = async (page: Page): Promise<string[]> => {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Runtime.evaluate', { expression: axe });
  const { result } = await devtools.send('Runtime.evaluate', {
    expression: 'axe.run(document, { resultTypes: ["violations"] }).then((found) => JSON.stringify(found))',
    awaitPromise: true,
  });
  const { violations }: AxeResults = JSON.parse(String(result.value));
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
};

describe.each([
  ['light', 'en'],
  ['dark', 'de'],
] as const)('in the %s scheme, in the language %s [U10]', (colorScheme, language) => {
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
        expect([path, await faults(page)]).toEqual([path, []]);
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
