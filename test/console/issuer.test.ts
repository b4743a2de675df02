/** Signing in at an issuer in a real browser: to a real provider and back, past the page's own policy. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { Installation } from '../cases/installation.ts';
import { OidcIssuer } from '../servers/oidc-issuer.ts';
import { openPage, startBrowser } from './browser.ts';

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
  await page.getByText('this sign-in was not begun in this browser').waitFor();
  expect(page.url()).toBe(`${here.api.url}/console/`);
  await page.getByLabel('API token').waitFor();
  behaved();
  await page.context().close();
});
