/**
 * Signs in through an issuer in a real browser: to a real provider and back, within the page's own policy.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { letProofsAge } from '../cases/aged-proofs.ts';
import { Installation } from '../cases/installation.ts';
import { OidcIssuer } from '../servers/oidc-issuer.ts';
import { openPage, startBrowser, visit } from './browser.ts';

let browser: Browser;
let issuer: OidcIssuer;
let here: Installation;
beforeAll(async () => {
  browser = await startBrowser();
  issuer = await OidcIssuer.start();
  issuer.accounts.set('ada', { groups: ['backup-admins'], preferred_username: 'ada' });
  here = await Installation.start({
    config: () => ({
      access: {
        oidc: [
          {
            ...{ id: 'corp', name: 'Example Corp', issuer: issuer.url, clientId: 'holdfast' },
            roles: [{ claim: 'groups', value: 'backup-admins', role: 'administrator' }],
          },
        ],
      },
    }),
  });
});
afterAll(async () => {
  await browser.close();
  await here.close();
  await issuer.close();
});

test('somebody signs in with one click, and nothing of it stays in the address or the history [U10] [U12]', async () => {
  const { page } = await openPage(browser, `${here.api.url}/`);
  const policy: string[] = [];
  page.on('console', (line) => {
    if (/Content Security Policy|Trusted/.test(line.text())) policy.push(line.text());
  });
  await page.getByRole('button', { name: 'Sign in with Example Corp' }).click();
  await page.getByRole('navigation').waitFor();
  expect(page.url()).toBe(`${here.api.url}/console/`);
  await page.getByText('ada (corp)').first().waitFor({ state: 'attached' });
  await page.reload();
  await page.getByRole('navigation').waitFor();
  expect(policy).toEqual([]);
  await page.context().close();
});

test('an answer that the browser did not ask for signs nobody in, and the page says so [U10]', async () => {
  const { page, behaved } = await openPage(browser, `${here.api.url}/console/?code=theirs&state=corp.theirs`);
  await page.getByText('this sign-in was not started in this browser').waitFor();
  expect(page.url()).toBe(`${here.api.url}/console/`);
  await page.getByLabel('API token').waitFor();
  behaved();
  await page.context().close();
});

test('the page has whoever comes from an issuer prove it there, in a window of its own, and goes on [U10] [U12]', async () => {
  const { page } = await openPage(browser, `${here.api.url}/`);
  await page.getByRole('button', { name: 'Sign in with Example Corp' }).click();
  await page.getByRole('navigation').waitFor();
  await letProofsAge(here, 11);
  await visit(page, '/tokens');
  await page.getByRole('button', { name: 'Make a token' }).click();
  const making = page.getByRole('dialog', { name: 'Make a token' });
  await making.getByLabel('Name').fill('by-ada');
  await making.getByRole('button', { name: 'Make it' }).click();
  const proof = page.getByRole('dialog', { name: 'Is it you?' });
  const [window] = await Promise.all([
    page.context().waitForEvent('page'),
    proof.getByRole('button', { name: 'Sign in again at Example Corp' }).click(),
  ]);
  await proof.waitFor({ state: 'detached' });
  // The form kept what was typed, and the action was done.
  await page.getByRole('dialog').locator('code').waitFor();
  if (!window.isClosed()) await window.waitForEvent('close');
  expect(issuer.asked.some((path) => /[?&]prompt=login(?:&|$)/.test(path))).toBe(true);
  await page.context().close();
});
