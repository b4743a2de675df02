/**
 * Approvals on the page: one person requests, another approves, and the first completes the action with the
 * same button.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { Installation } from '../cases/installation.ts';
import { makePerson } from '../cases/people.ts';
import { testWith } from '../tools/debian-tools.ts';
import { enter, enterByPassword, startBrowser, visit, type Watched } from './browser.ts';

const test = testWith('chromium');

let here: Installation;
let browser: Browser;
let backupId: string;
beforeAll(async () => {
  here = await Installation.start({
    config: (folder) => ({
      components: [{ id: 'files', kind: 'directory', path: `${folder}/source` }],
      approval: { actions: ['restore', 'key.export', 'backup.delete'], newApproverHours: 0 },
    }),
  });
  await writeFile(here.path('source', 'a.txt'), 'a');
  backupId = (await here.api.backup({ label: 'nightly' })).id;
  for (const name of ['ada', 'ben']) await makePerson(here.api, name);
  browser = await startBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await here?.close();
});

const enterAs = async (name: string): Promise<Watched> => {
  const watched = await enterByPassword(browser, here, name);
  await watched.page.getByText(`Signed in as ${name}`).waitFor();
  return watched;
};

/** The id of the request for approval that the page shows. */
const askedOn = async (page: Page): Promise<string> => {
  const href = await page.getByRole('link', { name: 'Show the request for approval' }).getAttribute('href');
  return /^#\/approvals\/(.+)$/.exec(href ?? '')?.[1] ?? '';
};

const stateOf = async (id: string): Promise<string> => (await here.api.get(`/v1/approvals/${id}`)).body.state;

const approveAs = async ({ page }: Watched, id: string): Promise<void> => {
  await visit(page, `/approvals/${id}`);
  await page.getByRole('button', { name: 'Approve this plan' }).click();
  await page.getByText('You have approved this plan').waitFor();
};

const APPROVED = 'It is approved. Press the same button again';

describe('what others have to approve, on the page [B14] [U10]', () => {
  test('a restore waits, is approved by its plan by somebody else, and is run by the same button', async () => {
    const [ada, ben] = [await enterAs('ada'), await enterAs('ben')];
    await visit(ada.page, `/backups/${backupId}/restore`);
    await ada.page.getByLabel('Place for “files”').fill(here.path('restored'));
    await ada.page.getByRole('button', { name: 'See what would happen' }).click();
    await ada.page.getByRole('button', { name: 'Restore now' }).click();
    await ada.page.getByText('Somebody else has to approve this first').waitFor();
    await expect(readFile(here.path('restored', 'a.txt'))).rejects.toThrow('ENOENT');
    const id = await askedOn(ada.page);

    await visit(ben.page, '/approvals');
    await ben.page.getByRole('row', { name: /ada/ }).getByRole('link', { name: 'Restore' }).click();
    await ben.page.getByText((await here.api.get(`/v1/approvals/${id}`)).body.digest).waitFor();
    await ben.page
      .getByRole('row', { name: /^files/ })
      .getByText(here.path('restored'))
      .waitFor();
    await ben.page.getByLabel('Comment').fill('seen, for the drill');
    await ben.page.getByRole('button', { name: 'Approve this plan' }).click();
    await ben.page.getByText('seen, for the drill').waitFor();
    expect(await ben.page.getByRole('button', { name: 'Approve this plan' }).count()).toBe(0);
    expect(await stateOf(id)).toBe('APPROVED');
    await ben.page.getByRole('link', { name: /dry run found/ }).click();
    await ben.page.getByText('a.txt').waitFor();

    await ada.page.getByText(APPROVED).waitFor();
    await ada.page.getByRole('button', { name: 'Restore now' }).click();
    await ada.page.getByRole('status').getByText('complete').waitFor();
    expect(await readFile(here.path('restored', 'a.txt'), 'utf8')).toBe('a');
    expect(await stateOf(id)).toBe('USED');
    ada.behaved();
    ben.behaved();
  }, 60_000);

  test('whoever asked approves nothing and can withdraw; a rejected request is asked for anew', async () => {
    const [ada, ben] = [await enterAs('ada'), await enterAs('ben')];
    const askToDelete = async (): Promise<string> => {
      await ada.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await ada.page.getByRole('dialog').getByText('Somebody else has to approve this first').waitFor();
      return askedOn(ada.page);
    };
    await visit(ada.page, `/backups/${backupId}`);
    await ada.page.getByRole('button', { name: 'Delete' }).click();
    await ada.page.getByLabel(/^Why/).fill('too old');
    const first = await askToDelete();
    await visit(ben.page, `/approvals/${first}`);
    await ben.page.getByLabel('Comment').fill('still needed');
    await ben.page.getByRole('button', { name: 'Reject' }).click();
    await ben.page.getByText('rejected by ben').waitFor();
    await ben.page.getByText('still needed').waitFor();
    await ada.page.getByText('The request is rejected.').waitFor();
    const second = await askToDelete();
    expect(second).not.toBe(first);
    await ada.page.getByRole('link', { name: 'Show the request for approval' }).click();
    await ada.page.getByRole('button', { name: 'Withdraw the request' }).waitFor();
    expect(await ada.page.getByRole('button', { name: /Approve|Reject/ }).count()).toBe(0);
    await ada.page.getByRole('button', { name: 'Withdraw the request' }).click();
    await ada.page.getByText('withdrawn by ada').waitFor();
    expect((await here.api.get(`/v1/backups/${backupId}`)).body.removal).toBeUndefined();
    ada.behaved();
    ben.behaved();
  }, 60_000);

  test('a backup is deleted once that is approved', async () => {
    const { id: other } = await here.api.backup({ label: 'other' });
    const [ada, ben] = [await enterAs('ada'), await enterAs('ben')];
    await visit(ada.page, `/backups/${other}`);
    await ada.page.getByRole('button', { name: 'Delete' }).click();
    await ada.page.getByLabel('At once, for good').check();
    await ada.page.getByLabel(/label/).fill('other');
    await ada.page.getByRole('button', { name: 'Delete for good' }).click();
    await ada.page.getByText('Somebody else has to approve this first').waitFor();
    await approveAs(ben, await askedOn(ada.page));
    await ada.page.getByText(APPROVED).waitFor();
    await ada.page.getByRole('button', { name: 'Delete for good' }).click();
    await ada.page.getByRole('heading', { name: 'Backups' }).waitFor();
    expect((await here.api.get(`/v1/backups/${other}`)).status).toBe(404);
    ada.behaved();
    ben.behaved();
  }, 60_000);

  test('a key file is made once it is approved, also when the page was left meanwhile', async () => {
    const [ada, ben] = [await enterAs('ada'), await enterAs('ben')];
    const ask = async (): Promise<void> => {
      await visit(ada.page, '/keys');
      await ada.page
        .getByRole('button', { name: /^Download a key file of/ })
        .first()
        .click();
      await ada.page.getByLabel('Password', { exact: true }).fill('sealed-apart-from-it');
      await ada.page.getByLabel('Password again').fill('sealed-apart-from-it');
      await ada.page.getByRole('button', { name: 'Make the file and save it' }).click();
    };
    await ask();
    await ada.page.getByText('Somebody else has to approve this first').waitFor();
    const id = await askedOn(ada.page);
    await approveAs(ben, id);
    await ada.page.reload();
    const [download] = await Promise.all([ada.page.waitForEvent('download'), ask()]);
    expect(await readFile(await download.path(), 'utf8')).not.toBe('');
    expect(await stateOf(id)).toBe('USED');
    ada.behaved();
    ben.behaved();
  }, 60_000);

  test('the overview says what waits for whom, and leads to the wizard filled in as it was approved', async () => {
    const [ada, ben] = [await enterAs('ada'), await enterAs('ben')];
    const place = here.path('approved-place');
    await visit(ada.page, `/backups/${backupId}/restore`);
    await ada.page.getByLabel('Place for “files”').fill(place);
    await ada.page.getByLabel('Keep what is there').check();
    await ada.page.getByRole('button', { name: 'See what would happen' }).click();
    await ada.page.getByRole('button', { name: 'Restore now' }).click();
    await ada.page.getByText('Somebody else has to approve this first').waitFor();
    const id = await askedOn(ada.page);
    await visit(ada.page, '/');
    await ada.page.getByRole('heading', { name: 'Needs you' }).waitFor();
    expect(await ada.page.getByText('waits for an approval').count()).toBe(0);
    await visit(ben.page, '/backups');
    await visit(ben.page, '/');
    await ben.page.getByText('ada waits for an approval').first().waitFor();
    expect(await ben.page.locator(`a[href="#/approvals/${id}"]`).count()).toBe(1);
    await approveAs(ben, id);
    await visit(ada.page, '/backups');
    await visit(ada.page, '/');
    await ada.page.getByText('What you asked for is approved').first().waitFor();
    await ada.page.locator(`a[href="#/approvals/${id}"]`).click();
    await ada.page.locator(`a[href="#/backups/${backupId}/restore?approval=${id}"]`).click();
    const field = ada.page.getByLabel('Place for “files”');
    await field.waitFor();
    expect(await field.inputValue()).toBe(place);
    expect(await ada.page.getByLabel('Keep what is there').isChecked()).toBe(true);
    ada.behaved();
    ben.behaved();
  }, 60_000);

  test('a token sees the plan, is told that it approves nothing, and can reject', async () => {
    const ada = await enterAs('ada');
    await visit(ada.page, `/backups/${backupId}`);
    await ada.page.getByRole('button', { name: 'Delete' }).click();
    await ada.page.getByLabel(/^Why/).fill('<img src=x onerror=alert(1)>');
    await ada.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await ada.page.getByText('Somebody else has to approve this first').waitFor();
    const id = await askedOn(ada.page);
    const token = await enter(browser, here);
    await visit(token.page, `/approvals/${id}`);
    await token.page.getByText('a token approves nothing').waitFor();
    expect(await token.page.getByRole('button', { name: 'Approve this plan' }).count()).toBe(0);
    await token.page.getByLabel('Language').selectOption('de');
    await token.page.getByText('ein Token genehmigt nichts').waitFor();
    await token.page.getByRole('button', { name: 'Ablehnen' }).click();
    await token.page.getByText('abgelehnt von').waitFor();
    expect(await stateOf(id)).toBe('REJECTED');
    token.behaved();
  }, 60_000);
});
