/** The page from the npm package: packed, unpacked in another place and served from there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { PackedApp, packInto } from '../infra/packed-app.ts';
import { testWith } from '../tools/debian-tools.ts';
import { openPage, signIn, startBrowser, visit } from './browser.ts';

const inBrowser = testWith('chromium');

const folder = mkdtempSync(join(tmpdir(), 'holdfast-packed-page-'));
let app: PackedApp;
let server: ChildProcess;
let browser: Browser;
let said = '';
beforeAll(async () => {
  app = new PackedApp(join(folder, 'app'), packInto(folder));
  mkdirSync(join(folder, 'source'));
  writeFileSync(join(folder, 'source', 'a.txt'), 'of a');
  const components = [{ id: 'files', kind: 'directory', path: join(folder, 'source') }];
  writeFileSync(join(folder, 'holdfast.config.json'), JSON.stringify({ components }));
  const args = ['serve', '--port', '0', '--data', join(folder, 'data')];
  server = spawn(process.execPath, [join(app.installed, 'bin/holdfast.js'), ...args], { cwd: folder });
  await new Promise<void>((resolve, reject) => {
    for (const stream of [server.stdout, server.stderr])
      stream?.on('data', (text) => {
        said += text;
        if (/listens on http/.test(said)) resolve();
      });
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${said}`)));
  });
  browser = await startBrowser();
}, 300_000);
afterAll(async () => {
  await browser?.close();
  if (server?.exitCode === null) {
    const gone = once(server, 'exit');
    server.kill('SIGTERM');
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
});

inBrowser(
  'is in the package, is served, signs in and makes a backup, with no source of it there [U10]',
  async () => {
    expect(readdirSync(join(app.installed, 'dist', 'lib')).includes('console')).toBe(false);
    const [, url = ''] = /listens on (http\S+)/.exec(said) ?? [];
    const [token = ''] = /hf_[\w-]+/.exec(said) ?? [];
    const { page, behaved } = await openPage(browser, `${url}/`);
    await signIn(page, token);
    await visit(page, '/new');
    await page.getByLabel('Label').fill('packed');
    await page.getByRole('button', { name: 'Start the backup' }).click();
    await page.getByRole('status').getByText('complete').waitFor();
    behaved();
  },
);
