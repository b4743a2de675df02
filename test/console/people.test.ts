/** People on the page: invited, signed in by name and password, disabled. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { Installation } from '../cases/installation.ts';
import { testWith } from '../debian-tools.ts';
import { enter, openPage, startBrowser, visit } from './browser.ts';

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
  await admin.page.getByRole('button', { name: 'Make a person' }).click();
  await admin.page.getByRole('dialog').getByLabel('Name').fill('ada');
  await admin.page.getByRole('button', { name: 'Make and invite' }).click();
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
