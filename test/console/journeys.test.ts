/** Complete tasks on the page, in a real browser with a real server. */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { Installation } from '../cases/installation.ts';
import { testWith } from '../tools/debian-tools.ts';
import { enter, openPage, signIn, startBrowser, visit } from './browser.ts';

const HOSTILE = '<img src=x onerror=alert(1)>.txt';
const test = testWith('chromium');

let here: Installation;
let browser: Browser;
beforeAll(async () => {
  here = await Installation.start({
    config: (folder) => ({
      components: [
        { id: 'files', kind: 'directory', path: `${folder}/source` },
        { id: 'more', kind: 'directory', path: `${folder}/more` },
      ],
    }),
  });
  await writeFile(here.path('source', HOSTILE), 'hostile by name');
  await writeFile(here.path('source', 'letter.txt'), 'first');
  browser = await startBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await here?.close();
});

describe('signing in [U10]', () => {
  test('a wrong token says so, and the right one leads where one wanted to go', async () => {
    const { page, behaved } = await openPage(browser, `${here.api.url}/console/#/keys`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Paste a token first.').first().waitFor();
    await page.getByLabel('API token').fill('hf_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('does not know this token').first().waitFor();
    await signIn(page, here.api.token);
    await page.getByRole('heading', { name: 'Keys' }).waitFor();
    behaved();
  });

  test('no script of the page can read what it is signed in by, and nothing of it is stored', async () => {
    const { page, behaved } = await enter(browser, here);
    const stored = await page.evaluate(() =>
      JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]),
    );
    expect(stored).not.toMatch(/hf_|hft_|session-/);
    behaved();
  });

  test('who signs out in one tab is signed out in the other, at once', async () => {
    const { page, behaved } = await enter(browser, here);
    const second = await page.context().newPage();
    await second.goto(`${here.api.url}/console/#/backups`);
    await second.getByRole('heading', { name: 'Backups' }).waitFor();
    await second.getByRole('button', { name: 'Sign out' }).click();
    await second.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByText('You have been signed out').waitFor();
    behaved();
  });
});

describe('Backup Now [U10]', () => {
  test('a component that cannot be read is told; the backup is followed, and its log shown', async () => {
    const { page, behaved } = await enter(browser, here);
    await page.getByText('Make the first backup').first().waitFor();
    await page.getByRole('link', { name: 'Make it now' }).click();
    await page.getByLabel('Description').fill('<script>alert(2)</script>');
    await page.getByRole('button', { name: 'Start the backup' }).click();
    await page
      .getByRole('status')
      .getByText(/partial|failed|complete/)
      .first()
      .waitFor();
    expect(await page.getByText('<script>alert(2)</script>').count()).toBe(1);
    await page.getByText('Log', { exact: true }).click();
    await page.getByRole('log').waitFor();
    behaved();
  });

  test('only some components, under a label: it is complete, and stands in the list', async () => {
    const { page, behaved } = await enter(browser, here);
    await visit(page, '/new');
    await page.getByLabel('Only some components').check();
    await page.getByRole('button', { name: 'Start the backup' }).click();
    await page.getByText('Choose at least one component.').waitFor();
    await page.getByRole('checkbox', { name: /^files/ }).check();
    await page.getByLabel('Label').fill('by-hand');
    await page.getByRole('button', { name: 'Start the backup' }).click();
    await page.getByRole('status').getByText('complete').waitFor();
    await visit(page, '/backups?label=by-hand');
    const rows = page.getByRole('table', { name: 'Backups' });
    await rows.getByRole('link', { name: /by-hand/ }).waitFor();
    await visit(page, '/backups?state=FAILED');
    await page.getByText('Looked through').waitFor();
    behaved();
  });

  test('an error comes in the sentence of the API, with its code', async () => {
    const { page, behaved } = await enter(browser, here);
    await visit(page, '/new');
    await page.getByLabel('Label').fill('x');
    await page.getByRole('button', { name: 'Start the backup' }).click();
    const { body } = await here.api.post('/v1/backups', { label: 'x' });
    await page.getByText(body.detail).waitFor();
    await page.getByText('invalid_request').waitFor();
    behaved();
  });
});

describe('getting it back [U10]', () => {
  const backupOf = (label: string) => here.api.backup({ label, components: ['files'] });

  test('what a backup holds is listed and searched, and a name is never taken for markup', async () => {
    const { id } = await backupOf('contents');
    const { page, behaved } = await enter(browser, here);
    await visit(page, `/backups/${id}/contents`);
    await page.getByText(HOSTILE).waitFor();
    expect(await page.locator('img').count()).toBe(0);
    await page.getByLabel('Search by name').fill('LETTER');
    await page.getByText('1 found').waitFor();
    expect(await page.getByText(HOSTILE).count()).toBe(0);
    behaved();
  });

  test('one file of it is downloaded, whatever it is called, and no page opens it', async () => {
    const { id } = await backupOf('one-file');
    const { page, behaved } = await enter(browser, here);
    await visit(page, `/backups/${id}/contents`);
    for (const [name, content] of [
      [HOSTILE, 'hostile by name'],
      ['letter.txt', 'first'],
    ] as const) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: `Download ${name}`, exact: true }).click(),
      ]);
      expect(await readFile(await download.path(), 'utf8')).toBe(content);
      expect(download.suggestedFilename()).toMatch(
        name === HOSTILE ? /^.img src=x onerror=alert\(1\)..txt$/ : /^letter\.txt$/,
      );
    }
    behaved();
  });

  test('a large file goes to the disk past the page, and one under a passphrase comes with it', async () => {
    const bytes = 70 * 1024 * 1024;
    await mkdir(here.path('more'));
    await writeFile(here.path('more', 'large.bin'), Buffer.alloc(bytes, 'x'));
    const { id } = await here.api.backup({ components: ['more'] });
    const { page, behaved } = await enter(browser, here);
    await visit(page, `/backups/${id}/contents`);
    const [large] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download large.bin' }).click(),
    ]);
    expect((await stat(await large.path())).size).toBe(bytes);
    await rm(here.path('more'), { recursive: true });
    expect(large.url()).toMatch(/^http/);
    const passphrase = 'right and long enough';
    const sealed = await here.api.backup({ components: ['files'], passphrase });
    await visit(page, `/backups/${sealed.id}/contents`);
    await page.getByLabel('Passphrase').fill(passphrase);
    await page.getByRole('button', { name: 'Open' }).click();
    const [letter] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download letter.txt' }).click(),
    ]);
    expect(await readFile(await letter.path(), 'utf8')).toBe('first');
    behaved();
  });

  test('beside the original: a dry run shows what would happen, and then it does', async () => {
    const { id } = await backupOf('beside');
    const { page, behaved } = await enter(browser, here);
    await page.getByRole('link', { name: 'Restore', exact: true }).first().click();
    await page.getByRole('link', { name: /Restore from beside/ }).click();
    const place = here.path('restored');
    await page.getByLabel('Place for “files”').fill(place);
    await page.getByRole('button', { name: 'See what would happen' }).click();
    await page.getByRole('table', { name: 'Entry by entry' }).getByText('letter.txt').waitFor();
    await expect(readFile(`${place}/letter.txt`)).rejects.toThrow('ENOENT');
    await page.getByLabel('Keep what is there').check();
    await page.getByText('look again before you restore').waitFor();
    expect(await page.getByRole('button', { name: 'Restore now' }).count()).toBe(0);
    await page.getByRole('button', { name: 'See what would happen' }).click();
    await page.getByRole('button', { name: 'Restore now' }).click();
    await page.getByRole('heading', { name: 'Restore', exact: true }).waitFor();
    await page.getByRole('status').getByText('complete').waitFor();
    expect(await readFile(`${place}/letter.txt`, 'utf8')).toBe('first');
    expect(page.url()).toContain('/restores/');
    await visit(page, `/backups/${id}`);
    await page.getByText('dry run').first().waitFor();
    behaved();
  });

  test('over the live source: only after one has said that one means it', async () => {
    const { id } = await backupOf('in-place');
    await writeFile(here.path('source', 'letter.txt'), 'spoilt');
    const { page, behaved } = await enter(browser, here);
    await visit(page, `/backups/${id}/restore`);
    await page.getByLabel('To where it came from').check();
    await page.getByRole('button', { name: 'See what would happen' }).click();
    const now = page.getByRole('button', { name: 'Restore now' });
    await now.waitFor();
    expect(await now.isDisabled()).toBe(true);
    expect(await readFile(here.path('source', 'letter.txt'), 'utf8')).toBe('spoilt');
    await page.getByLabel('Yes, overwrite files').check();
    await now.click();
    await page.getByRole('status').getByText('complete').waitFor();
    expect(await readFile(here.path('source', 'letter.txt'), 'utf8')).toBe('first');
    behaved();
  });

  test('two backups are compared: what is new, gone and changed', async () => {
    await writeFile(here.path('source', 'letter.txt'), 'first');
    const a = await backupOf('older');
    await writeFile(here.path('source', 'letter.txt'), 'second');
    await writeFile(here.path('source', 'added.txt'), '');
    const b = await backupOf('newer');
    const { page, behaved } = await enter(browser, here);
    await visit(page, `/compare?a=${a.id}&b=${b.id}`);
    const table = page.getByRole('table', { name: 'Differences' });
    await table.getByRole('row', { name: /added\.txt.*added/ }).waitFor();
    await table.getByRole('row', { name: /letter\.txt.*changed.*content/ }).waitFor();
    await writeFile(here.path('source', 'letter.txt'), 'first');
    behaved();
  });

  test('one under a passphrase asks for it, and a wrong one is told', async () => {
    const { id } = await here.api.backup({
      label: 'secret',
      components: ['files'],
      passphrase: 'right and long enough',
    });
    const { page, behaved } = await enter(browser, here);
    await visit(page, `/backups/${id}/contents`);
    await page.getByLabel('Passphrase').fill('wrong and long enough');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('wrong_passphrase').waitFor();
    await visit(page, `/backups/${id}`);
    await visit(page, `/backups/${id}/contents`);
    await page.getByLabel('Passphrase').fill('right and long enough');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('letter.txt').waitFor();
    behaved();
  });

  test('a backup is deleted only by typing its label', async () => {
    const { id } = await backupOf('doomed');
    const { page, behaved } = await enter(browser, here);
    await visit(page, `/backups/${id}`);
    await page.getByRole('button', { name: 'Delete …' }).click();
    await page.getByLabel('At once, for good').check();
    const really = page.getByRole('button', { name: 'Delete for good' });
    expect(await really.isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
    expect((await here.api.get(`/v1/backups/${id}`)).status).toBe(200);
    await page.getByRole('button', { name: 'Delete …' }).click();
    await page.getByLabel('At once, for good').check();
    await page.getByLabel('The label').fill('doomed');
    await really.click();
    await page.getByRole('heading', { name: 'Backups' }).waitFor();
    expect((await here.api.get(`/v1/backups/${id}`)).status).toBe(404);
    behaved();
  });
});

test('a token is made, shown once, signs in, and is revoked [U10]', async () => {
  const { page, behaved } = await enter(browser, here);
  await visit(page, '/tokens');
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByLabel('Name').fill('<b>pipeline</b>');
  await page.getByLabel('Role').selectOption('auditor');
  await page.getByLabel('Days until it ends').fill('30');
  await page.getByRole('button', { name: 'Make it' }).click();
  const shown = page.getByRole('dialog').locator('code');
  await shown.waitFor();
  const token = (await shown.textContent()) ?? '';
  await page.getByRole('button', { name: 'Close' }).click();
  expect(await page.getByText(token).count()).toBe(0);
  const other = await enter(browser, here, { token });
  await other.page.getByText('Signed in as <b>pipeline</b>').waitFor();
  await page.getByRole('button', { name: 'Revoke <b>pipeline</b>' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await other.page.getByText('You have been signed out').waitFor();
  behaved();
  other.behaved();
});

test('until a key file is downloaded, the page asks for it; then it says when that was [U10]', async () => {
  const { page, behaved } = await enter(browser, here);
  await page.getByText('No key file was ever downloaded').waitFor();
  await page.getByRole('link', { name: 'Download a key file' }).click();
  const offers = page.getByRole('button', { name: /Download a key file of/ });
  await offers.first().waitFor();
  const keys = await offers.count();
  await offers.first().click();
  await page.getByLabel('Password', { exact: true }).fill('long enough for a key');
  await page.getByLabel('Password again').fill('another than the first');
  await page.getByRole('button', { name: 'Make the file' }).click();
  await page.getByText('The two are not the same.').waitFor();
  await page.getByLabel('Password again').fill('long enough for a key');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Make the file' }).click(),
  ]);
  expect(await readFile(await download.path(), 'utf8')).toContain('BEGIN AGE ENCRYPTED FILE');
  await page.getByText(`Saved as ${download.suggestedFilename()}`).waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await page
    .locator('tbody')
    .getByText('never downloaded')
    .nth(keys - 1)
    .waitFor({ state: 'detached' });
  await visit(page, '/');
  await page.getByText('What is backed up').waitFor();
  expect(await page.getByText('No key file was ever downloaded').count()).toBe(0);
  behaved();
});
