/** People on the page: invited, signed in with name and password, disabled. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { Installation } from '../cases/installation.ts';
import { makePerson, PASSWORD } from '../cases/people.ts';
import { testWith } from '../tools/debian-tools.ts';
import { enter, enterByPassword, openPage, startBrowser, visit } from './browser.ts';

const test = testWith('chromium');

let here: Installation;
let browser: Browser;
beforeAll(async () => {
  here = await Installation.start();
  browser = await startBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await here?.close();
});

test('somebody is invited, chooses a password, signs in by it, and is let in no longer once disabled [U10]', async () => {
  const admin = await enter(browser, here);
  await visit(admin.page, '/people');
  await admin.page.getByRole('button', { name: 'Add a person' }).click();
  await admin.page.getByRole('dialog').getByLabel('Name').fill('ada');
  await admin.page.getByRole('button', { name: 'Add and invite' }).click();
  const invitation = (await admin.page.getByRole('dialog').locator('code').textContent()) ?? '';
  const person = await openPage(browser, `${here.api.url}/`);
  await person.page.getByRole('button', { name: 'I have an invitation' }).click();
  await person.page.getByLabel('Invitation', { exact: true }).fill(invitation);
  await person.page.getByLabel('Password', { exact: true }).fill('befit-brakeman-footstep');
  await person.page.getByLabel('Password again').fill('befit-brakeman-footstep');
  await person.page.getByRole('button', { name: 'Choose this password' }).click();
  await person.page.getByText('Your password is set').waitFor();
  await person.page.getByLabel('Name', { exact: true }).fill('ada');
  await person.page.getByLabel('Password', { exact: true }).fill('another-password-of-hers');
  await person.page.getByRole('button', { name: 'Sign in' }).click();
  await person.page.getByText('unauthorized').waitFor();
  await person.page.getByLabel('Password', { exact: true }).fill('befit-brakeman-footstep');
  await person.page.getByRole('button', { name: 'Sign in' }).click();
  await person.page.getByText('Signed in as ada').waitFor();
  await admin.page.getByRole('button', { name: 'Close' }).click();
  await admin.page.getByRole('button', { name: 'Disable: ada' }).click();
  await admin.page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await person.page.getByText('You have been signed out').waitFor();
  expect(invitation).not.toBe('');
  person.behaved();
  admin.behaved();
});

test('whoever signs in by a password changes it on the page; the session goes on, and others end [U10]', async () => {
  await makePerson(here.api, 'cleo', [{ role: 'auditor' }]);
  const signInAs = (password: string) => enterByPassword(browser, here, 'cleo', password);
  const [own, other] = [await signInAs(PASSWORD), await signInAs(PASSWORD)];
  const fresh = 'unclasp-footstep-brakeman';
  await own.page.getByRole('button', { name: 'Change my password' }).click();
  const dialog = own.page.getByRole('dialog');
  await dialog.getByLabel('New password', { exact: true }).fill(fresh);
  await dialog.getByLabel('New password again').fill(fresh);
  await dialog.getByLabel('Current password').fill('not-the-one-so-far');
  await dialog.getByRole('button', { name: 'Change it' }).click();
  await dialog.getByText('forbidden').waitFor();
  await dialog.getByLabel('Current password').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Change it' }).click();
  await dialog.getByText('Your password is changed').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).first().click();
  await other.page.getByText('You have been signed out').waitFor();
  await visit(own.page, '/backups');
  await own.page.getByRole('heading', { name: 'Backups' }).waitFor();
  const again = await signInAs(fresh);
  await again.page.getByText('Signed in as cleo').waitFor();
  for (const { behaved } of [own, other, again]) behaved();
});

test('whoever signed in by a token has no password to change [U10]', async () => {
  const { page, behaved } = await enter(browser, here);
  await page.getByText('Signed in as').waitFor();
  expect(await page.getByRole('button', { name: 'Change my password' }).count()).toBe(0);
  behaved();
});
