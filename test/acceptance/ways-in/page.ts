import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { openPage, signIn, startBrowser, visit } from '../../console/browser.ts';
import { testWith } from '../../tools/debian-tools.ts';
import { type AcceptanceHost, idle } from '../host.ts';

const test = testWith('chromium');

/** The page as the host serves it, in a real browser. */
export const describePage = (here: () => AcceptanceHost): void => {
  describe('the page', () => {
    let browser: Browser | undefined;

    beforeAll(async () => {
      browser = await startBrowser();
    }, 120_000);
    afterAll(() => browser?.close());

    test('signs in by a token, shows how the installation stands, backs up to the end, and lists it with its contents [U10]', async () => {
      if (browser === undefined) throw new Error('there is no browser');
      const host = here();
      const { api, listed } = host;
      await idle(host);
      const { page, behaved } = await openPage(browser, `${host.publicUrl}/`);
      page.setDefaultTimeout(host.seconds * 1000);
      await page.getByLabel('API token').fill('hf_wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('does not know this token').first().waitFor();
      await signIn(page, api.token);
      const { last } = (await api.get('/v1/status')).body;
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(last).not.toBeNull();

      await page.getByRole('link', { name: 'Back up now' }).first().click();
      await page.getByLabel('Only some components').check();
      await page.getByRole('checkbox', { name: new RegExp(`^${listed.component}`) }).check();
      await page.getByLabel('Label').fill('by-hand');
      await page.getByRole('button', { name: 'Start the backup' }).click();
      await page.getByRole('status').getByText('complete').waitFor();
      const [backup] = (await api.get('/v1/backups?label=by-hand')).body.resources;
      expect(backup).toMatchObject({ state: 'SUCCESS', label: 'by-hand' });

      await visit(page, '/backups');
      const rows = page.getByRole('table', { name: 'Backups' });
      await rows.getByRole('link', { name: /by-hand/ }).waitFor();
      await visit(page, `/backups/${backup.id}/contents`);
      await page.getByText(listed.path).first().waitFor();
      behaved();
    }, 240_000);
  });
};
