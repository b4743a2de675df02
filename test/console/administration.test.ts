/** Notices, the audit trail and domains on the page. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { Installation } from '../cases/installation.ts';
import { testWith } from '../tools/debian-tools.ts';
import { enter, startBrowser, tokenOf, visit } from './browser.ts';

const test = testWith('chromium');

let here: Installation;
let browser: Browser;
let receiver: Server;
/** The status that the receiver answers with from now on. */
let answer = 200;
beforeAll(async () => {
  receiver = createServer((request, response) => {
    request.resume();
    response.writeHead(answer, { 'content-type': 'text/plain' }).end('<b>received</b>');
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address() as AddressInfo;
  here = await Installation.start({
    config: (folder) => ({
      domains: ['root', 'north'],
      components: [{ id: 'files', kind: 'directory', path: `${folder}/source` }],
      notifications: {
        webhooks: [{ id: 'ops', url: `http://127.0.0.1:${port}/`, secrets: [{ env: 'HOOK_SECRET' }] }],
        rules: [{ events: ['*'], channels: ['webhook:ops'] }],
        internalAddresses: ['127.0.0.1'],
      },
    }),
    env: { HOOK_SECRET: `whsec_${Buffer.alloc(24, 7).toString('base64')}` },
  });
  await writeFile(here.path('source', 'a.txt'), 'a');
  browser = await startBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await here?.close();
  receiver?.close();
  receiver?.closeAllConnections();
});

describe('notices on the page [U10] [O5]', () => {
  test('a channel is tested, and what it answered is shown; its secret is named and never told', async () => {
    const { page, behaved } = await enter(browser, here);
    await visit(page, '/notices');
    const channels = page.getByRole('region', { name: 'Channels' });
    await channels.getByText('env:HOOK_SECRET').waitFor();
    answer = 200;
    await channels.getByRole('button', { name: 'Test: webhook:ops' }).click();
    await channels.getByText('The test arrived.').waitFor();
    answer = 500;
    await channels.getByRole('button', { name: 'Test: webhook:ops' }).click();
    await channels.getByText('The test did not arrive.').waitFor();
    expect(await page.content()).not.toContain('whsec_');
    answer = 200;
    behaved();
  });

  test('what was given up comes first, and is sent again', async () => {
    // The receiver reports that it is gone: the server stops trying and disables the channel.
    answer = 410;
    await here.api.backup();
    const isOfBackup = ({ type }: { type: string }): boolean => type === 'backup.succeeded';
    await here.api.until('/v1/deliveries?state=dead', ({ resources }) => resources.some(isOfBackup));
    const { page, behaved } = await enter(browser, here);
    await visit(page, '/notices');
    const deliveries = page.getByRole('region', { name: 'Deliveries' });
    const row = deliveries.getByRole('row').filter({ hasText: 'backup.succeeded' });
    answer = 200;
    await page.getByRole('region', { name: 'Channels' }).getByText('switched off').waitFor();
    await page.getByRole('button', { name: 'Test: webhook:ops' }).click();
    await page.getByRole('region', { name: 'Channels' }).getByText('on', { exact: true }).waitFor();
    await row.getByRole('button', { name: 'Send again: webhook:ops' }).click();
    await here.api.until('/v1/deliveries?state=dead', ({ resources }) => !resources.some(isOfBackup));
    await visit(page, '/notices?type=backup.succeeded');
    await page.getByRole('table', { name: 'All notices' }).getByRole('link').first().click();
    await page.getByRole('region', { name: 'Deliveries' }).getByText('delivered').first().waitFor();
    behaved();
  });
});

describe('the audit trail on the page [U10] [C13]', () => {
  test('is listed and filtered; what stands in it is never taken for markup', async () => {
    const name = '<img src=x onerror=alert(1)>';
    const { body } = await here.api.post('/v1/tokens', { name, role: 'auditor' });
    await here.api.get('/v1/audit/export', { token: body.token });
    const { page, behaved } = await enter(browser, here);
    await visit(page, '/audit');
    await page.getByText(name).first().waitFor();
    await page.getByLabel('Action').fill('createToken');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.locator('tbody code').filter({ hasText: 'createToken' }).first().waitFor();
    expect(await page.locator('tbody code').filter({ hasText: 'exportAudit' }).count()).toBe(0);
    await page.getByLabel('Action').fill('nothing-of-the-kind');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('No row fits these filters.').waitFor();
    behaved();
  });

  test('is exported whole, with its signed end, and verified', async () => {
    const { page, behaved } = await enter(browser, here, { token: await tokenOf(here, 'auditor') });
    await visit(page, '/audit');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('test-audit.jsonl');
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ seq: 1 });
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ purpose: 'holdfast audit trail' });
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('The trail is whole and as it was written').waitFor();
    behaved();
  });

  test('a row that was changed in the database is found, and named', async () => {
    await here.end('SIGTERM');
    const catalog = new DatabaseSync(join(here.data, 'catalog.db'));
    const { changes } = catalog
      .prepare(
        `UPDATE records SET json = json_set(json, '$.action', 'somethingElse') WHERE kind = 'audit' AND json_extract(json, '$.seq') = 2`,
      )
      .run();
    expect(changes).toBe(1);
    catalog.close();
    await here.startServer();
    const { page, behaved } = await enter(browser, here);
    await visit(page, '/audit');
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('The trail is not as it was written').waitFor();
    await page
      .getByText(/^row [23]: /)
      .first()
      .waitFor();
    behaved();
  });
});

describe('domains on the page [U10]', () => {
  test('one is made, and removed while it is empty; those of the configuration stay', async () => {
    const { page, behaved } = await enter(browser, here);
    await visit(page, '/domains');
    await page
      .getByRole('row', { name: /^north/ })
      .getByText('the configuration')
      .waitFor();
    await page.getByRole('button', { name: 'Make a domain' }).click();
    await page.getByRole('dialog').getByLabel('Domain').fill('south');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('row', { name: /^south/ }).waitFor();
    await page.getByRole('button', { name: 'Remove: south' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByText('conflict').waitFor();
    await page.getByLabel('Also delete its backup keys').check();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('row', { name: /^south/ }).waitFor({ state: 'detached' });
    expect(await page.getByRole('button', { name: /^Remove/ }).count()).toBe(0);
    behaved();
  });
});
