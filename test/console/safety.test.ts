/** Attacks on the page and faults around it: frames, path prefixes, other roles, a server that disappears. */

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { Installation } from '../cases/installation.ts';
import { testWith } from '../tools/debian-tools.ts';
import { enter, openPage, signIn, startBrowser, tokenOf, visit } from './browser.ts';

const inBrowser = testWith('chromium');

let here: Installation;
let browser: Browser;
let backupId: string;
beforeAll(async () => {
  here = await Installation.start({
    config: (folder) => ({ components: [{ id: 'files', kind: 'directory', path: `${folder}/source` }] }),
  });
  await writeFile(here.path('source', 'a.txt'), 'a');
  backupId = (await here.api.backup({ label: 'nightly' })).id;
  browser = await startBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await here?.close();
});

const fetched = (path: string, options: RequestInit = {}) =>
  fetch(`${here.api.url}${path}`, { redirect: 'manual', ...options });

describe('the files of the page [U10]', () => {
  test('are given to anybody, under a policy that takes nothing from elsewhere and lets nobody frame it', async () => {
    const index = await fetched('/console/');
    expect(index.status).toBe(200);
    const policy = index.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(index.headers.get('x-frame-options')).toBe('DENY');
    expect(index.headers.get('x-content-type-options')).toBe('nosniff');
    expect(index.headers.get('cache-control')).toBe('no-store');
    const html = await index.text();
    expect(html).not.toMatch(/https?:\/\/|<script>|<style|\son\w+=/);
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
    expect(assets).toHaveLength(3);
    for (const asset of assets) {
      const { status, headers } = await fetched(`/console/${asset}`);
      expect([asset, status, headers.get('cache-control')]).toEqual([
        asset,
        200,
        'public, max-age=31536000, immutable',
      ]);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('lead to the page from its root, by a path alone: no request can turn that to another host', async () => {
    for (const path of [
      '/',
      '/console',
      '//evil.example',
      '/console//evil.example',
      '/?next=https://evil.example',
    ]) {
      const { status, headers } = await fetched(path);
      const location = headers.get('location');
      expect([path, status, location]).toEqual([
        path,
        expect.any(Number),
        location === null ? null : 'console/',
      ]);
    }
    expect((await fetched('/')).status).toBe(302);
  });

  test('are looked at and nothing else: other names are not found, and other methods are the API’s', async () => {
    for (const path of [
      '/console/..%2f..%2fpackage.json',
      '/console/__proto__',
      '/console/main.tsx',
      '/console/constructor',
    ])
      expect([path, (await fetched(path)).status]).toEqual([path, 404]);
    expect((await fetched('/console/', { method: 'POST' })).status).toBe(401);
    expect((await fetched('/console/', { method: 'HEAD' })).status).toBe(200);
  });
});

inBrowser('no other page can frame it [U10]', async () => {
  const framer = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<iframe src="${here.api.url}/console/"></iframe>`);
  }).listen(0, '127.0.0.1');
  await once(framer, 'listening');
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(framer.address() as AddressInfo).port}/`);
  await page.waitForLoadState('networkidle');
  expect(await page.frames()[1]?.getByRole('heading').count()).toBe(0);
  await page.close();
  framer.close();
});

inBrowser('behind a proxy that puts it below a path, all of it works, downloads as well [U10]', async () => {
  const proxy = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    if (!pathname.startsWith('/deep/down/')) return void response.writeHead(418).end();
    const passed = ask(
      `${here.api.url}${pathname.slice('/deep/down'.length)}${search}`,
      { method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    // When one side closes its connection, the other side's connection is closed too.
    passed.on('error', () => response.destroy());
    response.once('close', () => passed.destroy());
    request.pipe(passed);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/deep/down/`;
  const { page, behaved } = await openPage(browser, url);
  await signIn(page, here.api.token);
  expect(page.url()).toMatch(/\/deep\/down\/console\/$/);
  const [cookie] = await page.context().cookies(`${url}v1/status`);
  expect(cookie?.path).toBe('/deep/down/v1');
  await visit(page, `/backups/${backupId}`);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the archive' }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/\.tar$/);
  expect(await download.failure()).toBeNull();
  behaved();
  await page.context().close();
  proxy.close();
  proxy.closeAllConnections();
});

inBrowser(
  'a server that goes away and comes back: the page says so, and goes on by itself, still signed in [U10]',
  async () => {
    const { page, behaved } = await enter(browser, here);
    await here.end('SIGKILL');
    await page.getByText('The server does not answer').first().waitFor();
    const { port } = new URL(here.api.url);
    await here.startServer(Number(port));
    await page.getByText('The server does not answer').first().waitFor({ state: 'detached' });
    await visit(page, '/backups');
    await page.getByRole('link', { name: /nightly/ }).waitFor();
    behaved();
  },
);

inBrowser('a token that is revoked ends the page that was signed in by it [U10]', async () => {
  const { body } = await here.api.post('/v1/tokens', { name: 'short', role: 'auditor' });
  const { page, behaved } = await enter(browser, here, { token: body.token });
  await here.api.delete(`/v1/tokens/${body.id}`);
  await page.getByText('You have been signed out').waitFor();
  behaved();
});

/** The actions that each role sees; actions that it may not use are absent. */
const offered = {
  administrator: ['Restore from it', 'Look inside', 'Download the archive', 'Verify it again', 'Delete …'],
  operator: ['Restore from it', 'Verify it again'],
  auditor: ['Look inside', 'Verify it again'],
  puller: ['Download the archive'],
  'backup-maker': [],
} as const;
const actions = offered.administrator;
const makes = new Set(['administrator', 'operator', 'puller', 'backup-maker']);

inBrowser.each(Object.entries(offered))(
  'a %s is offered what the role allows, and no more [U10]',
  async (role, allowed) => {
    const { page, behaved } = await enter(browser, here, { token: await tokenOf(here, role) });
    await page.getByRole('heading', { name: 'What is backed up' }).waitFor();
    expect(await page.getByRole('link', { name: 'Back up now' }).count()).toBe(makes.has(role) ? 1 : 0);
    await visit(page, `/backups/${backupId}`);
    await page.getByRole('heading', { name: 'nightly' }).waitFor();
    const found: string[] = [];
    for (const action of actions)
      if ((await page.locator('.actions').getByText(action, { exact: true }).count()) > 0) found.push(action);
    expect(found).toEqual(allowed);
    if (role === 'operator') {
      await visit(page, `/backups/${backupId}/contents`);
      await page.getByRole('heading', { name: 'Your role does not allow this.' }).waitFor();
      await visit(page, `/backups/${backupId}/restore`);
      await page.getByRole('button', { name: 'See what would happen' }).click();
      await page.getByText('somebody with the right to restore has to run it').waitFor();
      expect(await page.getByRole('button', { name: 'Restore now' }).count()).toBe(0);
    }
    behaved();
    await page.context().close();
  },
);
