/** The page's layout in a window: what must be visible, what folds, and how it handles unusual data. */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { Installation } from '../cases/installation.ts';
import { testWith } from '../tools/debian-tools.ts';
import { faultsOf } from './axe.ts';
import { enter, startBrowser, tokenOf, visit } from './browser.ts';

const test = testWith('chromium');

const LONG = 'x'.repeat(120);
const MANY = 30;
/** Unusual names that a file can have. */
const names = [
  '<img src=x onerror=alert(1)>',
  'ملف مهم.pdf',
  '\u202Egpj.exe',
  'w'.repeat(240),
  'two\nlines',
  ' before',
];

let here: Installation;
let browser: Browser;
let backupId: string;
let failedId: string;
let restoreId: string;
beforeAll(async () => {
  here = await Installation.start({
    config: (folder) => ({
      installation: 'an-installation-with-a-long-name-and-no-space-in-it',
      components: [
        { id: 'files', kind: 'directory', path: `${folder}/source` },
        { id: 'missing', kind: 'directory', path: `${folder}/${LONG}` },
        ...Array.from({ length: MANY }, (_, n) => ({
          id: `component-${'y'.repeat(40)}-${n}`,
          kind: 'directory',
          path: `${folder}/many`,
        })),
      ],
    }),
  });
  for (const name of names) await writeFile(here.path('source', name), name);
  await mkdir(here.path('source', 'letters', 'old'), { recursive: true });
  await writeFile(here.path('source', 'letters', 'old', 'a.txt'), 'a');
  for (let n = 0; n < 110; n++) execFileSync('mkfifo', [here.path('source', `pipe-${n}`)]);
  await mkdir(here.path('many'));
  await writeFile(here.path('many', 'a'), 'a');
  const schedule = {
    id: 'odd',
    cron: '45 12 * * *',
    timeZone: 'Pacific/Chatham',
    description: LONG.repeat(3),
  };
  expect((await here.api.post('/v1/schedules', schedule)).status).toBe(201);
  const description = `<img src=x onerror=alert(1)> ${LONG}`;
  backupId = (await here.api.backup({ label: 'odd', description, includeLogs: true })).id;
  failedId = (await here.api.backup({ label: 'failed', components: ['missing'] })).id;
  const targets = { files: here.path(`restored-${LONG}`) };
  restoreId = (await here.api.restore(backupId, { components: ['files'], targets, dryRun: true })).id;
  browser = await startBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await here?.close();
});

const places = (): readonly (readonly [path: string, shown: string])[] => [
  ['/', '.calendar'],
  ['/backups', '.virtual-body .row-link'],
  [`/backups/${backupId}`, '.facts'],
  [`/backups/${failedId}`, '.facts'],
  [`/backups/${backupId}/contents`, '.virtual-body .path'],
  [`/backups/${backupId}/restore`, '.look'],
  [`/restores/${restoreId}`, '.virtual-body .path'],
  ['/schedules', '.schedule'],
  ['/new', '.choice'],
];

describe('with names without a space, right-to-left text, markup, a hundred skipped items and many components [U10]', () => {
  test.each([360, 1024])(
    'nothing is wider than the window, axe finds nothing, and no markup becomes an element, at %d pixels',
    async (width) => {
      const { page, behaved } = await enter(browser, here, { viewport: { width, height: 800 } });
      for (const [path, shown] of places()) {
        await visit(page, path);
        await page.locator(shown).first().waitFor();
        for (const folded of await page.locator('#content details').all())
          await folded.evaluate((one: HTMLDetailsElement) => {
            one.open = true;
          });
        const widest = await page.evaluate(() => document.documentElement.scrollWidth);
        expect([path, widest]).toEqual([path, width]);
        expect([path, await faultsOf(page)]).toEqual([path, []]);
        expect([path, await page.locator('img').count()]).toEqual([path, 0]);
      }
      behaved();
      await page.context().close();
    },
  );

  test('the overview says once what many components lack, and shows those first that are worst off', async () => {
    const { page, behaved } = await enter(browser, here);
    const rows = page.getByRole('region', { name: 'What is backed up' }).getByRole('row');
    await rows.first().waitFor();
    expect(await rows.nth(1).textContent()).toContain('files');
    expect(await rows.nth(2).textContent()).toContain('never backed up');
    await page.getByText('“files” has never been backed up completely').waitFor();
    const before = await rows.count();
    await page.getByRole('button', { name: `Show all ${MANY + 2}` }).click();
    expect([before, await rows.count()]).toEqual([16, MANY + 3]);
    behaved();
  });

  test('many components are chosen, and sent to where they came from, by one button', async () => {
    const { page, behaved } = await enter(browser, here);
    await visit(page, `/backups/${backupId}/restore`);
    await page.getByText(`${MANY + 1} of ${MANY + 1} chosen`).waitFor();
    await page.getByRole('button', { name: 'All to where they came from' }).click();
    expect(await page.locator('input[value="own"]:checked').count()).toBe(MANY + 1);
    expect(await page.getByLabel('Place for “files”').count()).toBe(0);
    await page.getByRole('button', { name: 'Choose none' }).click();
    await page.getByText(`0 of ${MANY + 1} chosen`).waitFor();
    await page.getByRole('button', { name: 'See what would happen' }).click();
    await page.getByText('Choose at least one component.').waitFor();
    behaved();
  });
});

test('in a window of 1024 by 768 the whole menu is in sight, and so is what begins a backup [U10]', async () => {
  const { page, behaved } = await enter(browser, here);
  await page.getByRole('link', { name: 'Back up now' }).waitFor();
  const account = (await page.locator('.account').boundingBox())?.y ?? 0;
  for (const name of ['Back up now', 'Overview', 'Retention', 'Keys', 'Audit trail']) {
    const box = await page.getByRole('banner').getByRole('link', { name, exact: true }).boundingBox();
    expect([name, box !== null && box.y >= 0 && box.y + box.height <= account]).toEqual([name, true]);
  }
  behaved();
});

test('on a telephone the menu is folded, is opened by the keyboard, and folds again behind the screen that it leads to [U10]', async () => {
  const { page, behaved } = await enter(browser, here, { viewport: { width: 360, height: 780 } });
  const folded = page.locator('.menu-folded');
  const keys = page.getByRole('link', { name: 'Keys', exact: true });
  expect(await keys.isVisible()).toBe(false);
  await folded.locator('summary').focus();
  await page.keyboard.press('Enter');
  await keys.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
  await folded.getByText('Menu · Keys').waitFor();
  expect(await keys.isVisible()).toBe(false);
  behaved();
});

describe('a dry run is a tree [U10]', () => {
  test('whose folders are shut and opened; shut, they say what would happen in them', async () => {
    const { page, behaved } = await enter(browser, here);
    await visit(page, `/restores/${restoreId}`);
    const tree = page.getByRole('table', { name: 'Entry by entry' });
    const letters = tree.getByRole('button', { name: 'letters' });
    await tree.getByText('a.txt', { exact: true }).waitFor();
    expect(await letters.getAttribute('aria-expanded')).toBe('true');
    await letters.focus();
    await page.keyboard.press('Enter');
    await tree.getByText('a.txt', { exact: true }).waitFor({ state: 'detached' });
    await tree.getByRole('row', { name: /letters.*3 created/ }).waitFor();
    await page.keyboard.press('Enter');
    await tree.getByText('a.txt', { exact: true }).waitFor();
    behaved();
  });

  test('or what is left of it when one asks for a single action', async () => {
    await mkdir(here.path('half', 'letters', 'old'), { recursive: true });
    await writeFile(here.path('half', 'letters', 'old', 'a.txt'), 'of somebody');
    const half = {
      components: ['files'],
      targets: { files: here.path('half') },
      existing: 'skip',
      dryRun: true,
    };
    const { id } = await here.api.restore(backupId, half);
    const { page, behaved } = await enter(browser, here);
    await visit(page, `/restores/${id}`);
    const tree = page.getByRole('table', { name: 'Entry by entry' });
    await tree.getByText(/img src/).waitFor();
    await page.getByLabel('What happens').selectOption('left as it is');
    await tree.getByText(/img src/).waitFor({ state: 'detached' });
    await tree.getByText('a.txt', { exact: true }).waitFor();
    behaved();
  });

  test('of which whoever may not plan restores sees the figures, and no refusal', async () => {
    const { page, behaved } = await enter(browser, here, { token: await tokenOf(here, 'auditor') });
    await visit(page, `/restores/${restoreId}`);
    await page.getByRole('heading', { name: 'What would happen' }).waitFor();
    expect(await page.getByRole('alert').getByText('forbidden').count()).toBe(0);
    expect(await page.getByRole('table', { name: 'Entry by entry' }).count()).toBe(0);
    behaved();
  });
});

test('a verification is followed where it was begun, to what it found [U10]', async () => {
  const { page, behaved } = await enter(browser, here);
  await visit(page, `/backups/${backupId}`);
  await page.getByRole('button', { name: 'Verify it again' }).click();
  await page.getByText('Verified: the archive is as it was signed').waitFor();
  expect(page.url()).toContain(backupId);
  behaved();
});
