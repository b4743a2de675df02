/**
 * What people do outside the usual order, such as going back, reloading or clicking twice; and what may
 * happen meanwhile: slow, deleted and refused answers.
 */
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { Installation } from '../cases/installation.ts';
import { testWith } from '../tools/debian-tools.ts';
import { enter, openPage, signIn, startBrowser, visit } from './browser.ts';

const test = testWith('chromium');

let here: Installation;
let browser: Browser;
let first: string;
let second: string;
beforeAll(async () => {
  here = await Installation.start({
    config: (folder) => ({ components: [{ id: 'files', kind: 'directory', path: `${folder}/source` }] }),
  });
  await writeFile(here.path('source', 'a.txt'), 'a');
  first = (await here.api.backup({ label: 'first' })).id;
  await writeFile(here.path('source', 'b.txt'), 'b');
  second = (await here.api.backup({ label: 'second' })).id;
  browser = await startBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await here?.close();
});

test('a link into the page leads there after signing in; one to another host leads nowhere [U10]', async () => {
  const linked = await openPage(browser, `${here.api.url}/console/#/backups?label=second`);
  await signIn(linked.page, here.api.token);
  await linked.page.getByRole('link', { name: /second/ }).waitFor();
  expect(await linked.page.getByRole('link', { name: /first/ }).count()).toBe(0);
  linked.behaved();
  for (const hash of [
    '#//evil.example',
    '#https://evil.example',
    '#/\\evil.example',
    '#javascript:alert(1)',
  ]) {
    const { page, behaved } = await openPage(browser, `${here.api.url}/console/${hash}`);
    await signIn(page, here.api.token);
    await page.getByRole('heading', { name: 'There is no such page here.' }).waitFor();
    expect(new URL(page.url()).origin).toBe(new URL(here.api.url).origin);
    behaved();
    await page.context().close();
  }
});

test('going back leads past what was typed into a filter, and to what was compared before [U10]', async () => {
  const { page, behaved } = await enter(browser, here);
  await visit(page, '/backups');
  await page.getByLabel('Label').pressSequentially('second');
  await page.getByRole('link', { name: /first/ }).waitFor({ state: 'detached' });
  expect(page.url()).toMatch(/#\/backups\?label=second$/);
  await page.getByRole('link', { name: /second/ }).click();
  await page.getByRole('heading', { name: 'second' }).waitFor();
  await page.goBack();
  await page.getByRole('link', { name: /second/ }).waitFor();
  expect(await page.getByLabel('Label').inputValue()).toBe('second');
  await page.goBack();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();

  await visit(page, `/compare?a=${first}&b=${second}`);
  await page.getByRole('row', { name: /b\.txt.*added/ }).waitFor();
  await page.getByLabel('The older one').selectOption(second);
  await page.getByLabel('The newer one').selectOption(first);
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByRole('row', { name: /b\.txt.*removed/ }).waitFor();
  await page.goBack();
  await page.getByRole('row', { name: /b\.txt.*added/ }).waitFor();
  expect(await page.getByLabel('The older one').inputValue()).toBe(first);
  await page.goForward();
  await page.getByRole('row', { name: /b\.txt.*removed/ }).waitFor();
  behaved();
});

test('the page loaded anew in the middle of a restore goes on from the dry run, with what was chosen for it [U10]', async () => {
  const { page, behaved } = await enter(browser, here);
  await visit(page, `/backups/${first}/restore`);
  await page.getByLabel('Place for “files”').fill(here.path('restored'));
  await page.getByLabel('Keep what is there').check();
  await page.getByRole('button', { name: 'See what would happen' }).click();
  await page.getByRole('button', { name: 'Restore now' }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Restore now' }).waitFor();
  expect(await page.getByLabel('Place for “files”').inputValue()).toBe(here.path('restored'));
  expect(await page.getByLabel('Keep what is there').isChecked()).toBe(true);
  await page.getByRole('button', { name: 'Restore now' }).click();
  await page.getByRole('status').getByText('complete').waitFor();
  behaved();
});

test('a second click while the server is slow begins nothing twice [U10]', async () => {
  const { page, behaved } = await enter(browser, here);
  const before = (await here.api.get('/v1/backups')).body.total;
  let asked = 0;
  await page.route('**/v1/backups', async (route) => {
    if (route.request().method() === 'POST') {
      asked += 1;
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    await route.continue();
  });
  await visit(page, '/new');
  const start = page.getByRole('button', { name: 'Start the backup' });
  await start.dblclick();
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText('complete').waitFor();
  expect([asked, (await here.api.get('/v1/backups')).body.total]).toEqual([1, before + 1]);
  behaved();
});

test('while something else runs, a backup is refused by the API’s sentence and code, and what was typed stays [U10]', async () => {
  await writeFile(here.path('source', 'large.bin'), randomBytes(192 * 1024 ** 2));
  const { page, behaved } = await enter(browser, here);
  await visit(page, '/new');
  await page.getByLabel('Description').fill('kept');
  const { body } = await here.api.post('/v1/backups', { label: 'large' });
  await page.getByRole('button', { name: 'Start the backup' }).click();
  const alert = page.getByRole('alert').filter({ hasText: 'operation_running' });
  await alert.waitFor();
  expect(await page.getByLabel('Description').inputValue()).toBe('kept');
  await here.api.post(`/v1/operations/${body.id}/cancel`);
  await here.api.ended(`/v1/backups/${body.id}`);
  await rm(here.path('source', 'large.bin'));
  behaved();
});

test('of a backup that somebody deleted meanwhile the page says that it is gone [U10]', async () => {
  const { id } = await here.api.backup({ label: 'doomed' });
  const { page, behaved } = await enter(browser, here);
  await visit(page, `/backups/${id}`);
  await page.getByRole('button', { name: 'Hold …' }).click();
  expect((await here.api.delete(`/v1/backups/${id}`)).status).toBe(204);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why').fill('to keep it');
  await dialog.getByRole('button', { name: 'Hold it' }).click();
  await dialog.getByText('not_found').waitFor();
  await page.keyboard.press('Escape');
  await page.reload();
  await page.getByRole('heading', { name: 'Backup', exact: true }).waitFor();
  const alert = page.getByRole('alert').filter({ hasText: 'not_found' });
  await alert.waitFor();
  // The page offers no retry, because it would get the same answer.
  expect(await alert.getByRole('button').count()).toBe(0);
  behaved();
});

test('an answer that comes late is shown nowhere but on the screen that asked for it [U10]', async () => {
  const { page, behaved } = await enter(browser, here);
  let passOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    passOn = resolve;
  });
  await page.route(`**/v1/backups/${first}/contents*`, async (route) => {
    await held;
    await route.continue().catch(() => undefined);
  });
  await visit(page, `/backups/${first}/contents`);
  await page.getByText('Loading').waitFor();
  await visit(page, `/backups/${second}/contents`);
  await page.getByText('b.txt').waitFor();
  passOn();
  await page.getByText('3 entries').waitFor();
  expect(await page.getByText('2 entries').count()).toBe(0);
  behaved();
});

test('a device whose clock is wrong shows the age of backups by the server’s, and says so [U10]', async () => {
  const context = await browser.newContext({ locale: 'en-GB' });
  await context.clock.setSystemTime(Date.now() + 9 * 24 * 3600_000);
  const page = await context.newPage();
  await page.goto(`${here.api.url}/`);
  await signIn(page, here.api.token);
  await page.getByText('The clock of this device is wrong by 216 h').waitFor();
  await page.getByRole('region', { name: 'What is backed up' }).getByText('fresh').waitFor();
  expect(await page.getByText('days ago').count()).toBe(0);
  await context.close();
});

test('over plain http from another machine, where browsers keep some functions from the page, a backup is made [U10]', async () => {
  const afar = await startBrowser('--host-resolver-rules=MAP holdfast.test 127.0.0.1');
  try {
    const { page, behaved } = await openPage(
      afar,
      `${here.api.url.replace('127.0.0.1', 'holdfast.test')}/console/#/new`,
    );
    expect(await page.evaluate(() => window.isSecureContext)).toBe(false);
    await signIn(page, here.api.token);
    await page.getByRole('button', { name: 'Start the backup' }).click();
    await page.getByRole('status').getByText('complete').waitFor();
    behaved();
  } finally {
    await afar.close();
  }
});
