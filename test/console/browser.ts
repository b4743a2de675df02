/**
 * The page in a real browser, Debian's Chromium. A request to another host, or a violation of the page's
 * policy, fails the test.
 */
import { expect } from '@jest/globals';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { Api } from '../acceptance/api.ts';
import type { Installation } from '../cases/installation.ts';
import { PASSWORD } from '../cases/people.ts';

export const startBrowser = (...args: readonly string[]): Promise<Browser> =>
  chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...args],
  });

/** Records what a page did that it must not do. */
export interface Watched {
  readonly page: Page;
  /** Fails when the page requested something from another host, violated its policy, or threw an error. */
  readonly behaved: () => void;
}

/** Opens the page without signing in. */
export const openPage = async (
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Watched> => {
  const context = await browser.newContext({
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    viewport: { width: 1024, height: 768 },
    ...options,
  });
  const faults: string[] = [];
  context.on('request', (request) => {
    if (!request.url().startsWith(new URL(url).origin) && !request.url().startsWith('blob:'))
      faults.push(`asked ${request.url()}`);
  });
  const page = await context.newPage();
  page.on('pageerror', (thrown) => faults.push(`threw ${thrown.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`showed the dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (line) => {
    if (/Content Security Policy|TrustedHTML|Trusted Type/.test(line.text())) faults.push(line.text());
  });
  await page.goto(url);
  return { page, behaved: () => expect(faults).toEqual([]) };
};

export const signIn = async (page: Page, token: string): Promise<void> => {
  await page.getByLabel('API token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').waitFor();
};

/** Opens the page and signs in. */
export const enter = async (
  browser: Browser,
  { api }: Installation,
  { token = api.token, ...options }: BrowserContextOptions & { readonly token?: string } = {},
): Promise<Watched> => {
  const watched = await openPage(browser, `${api.url}/`, options);
  await signIn(watched.page, token);
  return watched;
};

/** Opens the page and signs in a person who has a password here. */
export const enterByPassword = async (
  browser: Browser,
  { api }: Installation,
  name: string,
  password = PASSWORD,
): Promise<Watched> => {
  const watched = await openPage(browser, `${api.url}/`);
  const { page } = watched;
  await page.getByRole('button', { name: 'With a name and password' }).click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  return watched;
};

/** Goes to a place within the page, as a link does. */
export const visit = async (page: Page, path: string): Promise<void> => {
  // The expression is a text, because the acceptance suite compiles this file without the types of a browser.
  await page.evaluate(`window.location.hash = ${JSON.stringify(`#${path}`)}`);
};

/** Creates a token with this role. */
export const tokenOf = async ({ api }: Installation, role: string): Promise<string> => {
  const { body } = await api.post('/v1/tokens', { name: role, role });
  return String(body.token);
};

export const apiOf = ({ api }: Installation, token: string): Api => new Api(api.url, token);
