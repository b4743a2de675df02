/** The page shows what others do: in real Chromium with a real server, through one waiting request. */
import { afterAll, afterEach, beforeAll, describe, expect } from '@jest/globals';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { writeSlowFile, writeTree } from '../cases/files.ts';
import { Installation } from '../cases/installation.ts';
import { deadlineIn } from '../deadline.ts';
import { testWith } from '../tools/debian-tools.ts';
import { openPage, signIn, startBrowser } from './browser.ts';
import { CuttingProxy } from './cutting-proxy.ts';

const inBrowser = testWith('chromium');

let here: Installation;
let browser: Browser;
beforeAll(async () => {
  here = await Installation.start({
    config: (folder) => ({
      components: [
        { id: 'files', kind: 'directory', path: `${folder}/source` },
        { id: 'slow', kind: 'directory', path: `${folder}/slow` },
      ],
    }),
  });
  await writeTree(here.path('source'), { 'a.txt': 'alpha' });
  await writeSlowFile(here.path('slow', 'zeros'));
  browser = await startBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await here?.close();
});
afterEach(async () => {
  const { operation } = (await here.api.get('/v1/status')).body;
  if (operation === null) return;
  await here.api.post(`/v1/operations/${operation.id}/cancel`);
  await here.api.ended(`/v1/backups/${operation.id}`);
});

const isStatus = (url: string): boolean => new URL(url).pathname.endsWith('/v1/status');

/** The requests for the status that this browser sends, and which of them are waiting. */
const watchRequests = (context: BrowserContext) => {
  const sent: string[] = [];
  const waiting = new Set<object>();
  context.on('request', (request) => {
    sent.push(request.url());
    if (!isStatus(request.url()) || request.headers().prefer === undefined) return;
    waiting.add(request);
    // Events of a closed tab do not arrive.
    request
      .frame()
      .page()
      .once('close', () => waiting.delete(request));
  });
  const forget = (request: Request) => void waiting.delete(request);
  context.on('requestfinished', forget);
  context.on('requestfailed', forget);
  return { sent, waiting };
};

/** Watches from the first request on, because a request that already waits would not be seen. */
const enterWatched = async () => {
  const watched = await openPage(browser, `${here.api.url}/`);
  const requests = watchRequests(watched.page.context());
  await signIn(watched.page, here.api.token);
  return { ...watched, ...requests };
};

const until = async (what: string, isSo: () => boolean): Promise<void> => {
  const deadline = deadlineIn(30_000);
  while (!isSo()) {
    if (deadline.isOver) throw new Error(`it did not come to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const backUpSlowly = async (): Promise<string> =>
  (await here.api.post('/v1/backups', { components: ['slow'] })).body.id;

/** Simulates a browser window that another window covers. */
const setHidden = (page: Page, hidden: boolean): Promise<void> =>
  page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);

describe('the page stays current [U10]', () => {
  inBrowser('what somebody else begins is shown within a moment, and so is each step of it', async () => {
    const { page, behaved, waiting } = await enterWatched();
    await page.getByText('Nothing is running').waitFor();
    await until('one request waits', () => waiting.size === 1);
    const id = await backUpSlowly();
    const began = performance.now();
    await page.getByRole('region', { name: 'Runs now' }).getByText(id).waitFor();
    expect(performance.now() - began).toBeLessThan(3_000);
    const figures = page.locator('.now .figures');
    const first = await figures.textContent();
    await page.waitForFunction(
      (before) => document.querySelector('.now .figures')?.textContent?.split('/')[0] !== before,
      first?.split('/')[0],
    );
    expect(waiting.size).toBeLessThanOrEqual(1);
    await here.api.post(`/v1/operations/${id}/cancel`);
    await page.getByText('Nothing is running').waitFor();
    behaved();
    await page.context().close();
  });

  inBrowser('a list shows what another has added, without the pause of before', async () => {
    const { page, behaved, waiting } = await enterWatched();
    await page.goto(`${here.api.url}/console/#/schedules`);
    await page.reload();
    await page.getByRole('heading', { name: 'Schedules' }).waitFor();
    await until('one request waits', () => waiting.size === 1);
    await here.api.post('/v1/schedules', { id: 'by-another', cron: '@daily' });
    await page.getByText('by-another').waitFor({ timeout: 10_000 });
    behaved();
    await page.context().close();
  });

  inBrowser('many tabs have one request waiting, and all of them show the same', async () => {
    const { page, waiting } = await enterWatched();
    const context = page.context();
    const pages = [page];
    for (let count = 0; count < 8; count += 1) {
      const next = await context.newPage();
      await next.goto(`${here.api.url}/console/`);
      await next.getByText('Nothing is running').waitFor();
      pages.push(next);
    }
    const id = await backUpSlowly();
    for (const one of pages) await one.getByRole('region', { name: 'Runs now' }).getByText(id).waitFor();
    expect(waiting.size).toBeLessThanOrEqual(1);
    // The tab that sends the requests closes, and another tab takes over.
    await pages.shift()?.close();
    await here.api.post(`/v1/operations/${id}/cancel`);
    for (const one of pages) await one.getByText('Nothing is running').waitFor();
    await until('another one waits', () => waiting.size === 1);
    await context.close();
  });

  inBrowser(
    'a hidden tab asks for nothing, and shows what is so now when it is looked at again',
    async () => {
      const { page, behaved, sent, waiting } = await enterWatched();
      await until('one request waits', () => waiting.size === 1);
      await setHidden(page, true);
      await until('none waits', () => waiting.size === 0);
      const before = sent.length;
      const id = await backUpSlowly();
      await here.api.until(`/v1/backups/${id}`, ({ progress }) => progress.sourceBytes > 0);
      expect(sent.slice(before)).toEqual([]);
      await setHidden(page, false);
      await page.getByRole('region', { name: 'Runs now' }).getByText(id).waitFor();
      behaved();
      await page.context().close();
    },
  );

  inBrowser('a restart of the server is said, and the page goes on by itself', async () => {
    const { page, behaved, waiting } = await enterWatched();
    await until('one request waits', () => waiting.size === 1);
    const { port } = new URL(here.api.url);
    await here.end('SIGTERM');
    await page.getByText('The server does not answer').waitFor();
    await here.startServer(Number(port));
    await page.getByText('The server does not answer').waitFor({ state: 'detached' });
    await until('one request waits', () => waiting.size === 1);
    const id = await backUpSlowly();
    await page.getByRole('region', { name: 'Runs now' }).getByText(id).waitFor();
    behaved();
    await page.context().close();
  });

  inBrowser('whoever signs out in one tab is signed out in the one that waits', async () => {
    const { page, waiting } = await enterWatched();
    const other = await page.context().newPage();
    await other.goto(`${here.api.url}/console/`);
    await other.getByRole('navigation').waitFor();
    await until('one request waits', () => waiting.size === 1);
    await other.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API token').waitFor();
    await until('none waits', () => waiting.size === 0);
    await page.context().close();
  });

  inBrowser(
    'a proxy that cuts what is silent is asked for shorter waits, and nobody is alarmed',
    async () => {
      const proxy = await CuttingProxy.start(here.api.url, 4_000);
      try {
        const context = await browser.newContext({ locale: 'en-GB' });
        const page = await context.newPage();
        const alarms: string[] = [];
        await page.goto(`${proxy.url}/console/`);
        await signIn(page, here.api.token);
        await page.exposeFunction('alarmed', (text: string) => alarms.push(text));
        await page.evaluate(() => {
          new MutationObserver(() => {
            const text = document.querySelector('.reach')?.textContent ?? '';
            if (text !== '') (window as unknown as { alarmed: (text: string) => void }).alarmed(text);
          }).observe(document.body, { childList: true, subtree: true });
        });
        await until('a wait was cut', () => proxy.cuts > 0);
        await until('waits come to their end', () => proxy.waits.at(-1) === 'wait=3' && proxy.ended > 1);
        const id = await backUpSlowly();
        await page.getByRole('region', { name: 'Runs now' }).getByText(id).waitFor();
        expect([alarms, proxy.cuts]).toEqual([[], 1]);
        await context.close();
      } finally {
        await proxy.close();
      }
    },
  );
});
