/**
 * How smoothly the page works: in Debian's Chromium with a real server, in a list of 10,000 backups and in the contents
 * of a backup of 100,000 files. `node bench/page.ts` measures this alone.
 */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { median } from './measure.ts';
import { backup, copyBackups, type RunningServer, startServer, stopServer, withCache } from './server.ts';

const CHROMIUM = '/usr/bin/chromium';
const RECORDS = 10_000;
const FOLDERS = 100;
const FILES_OF_A_FOLDER = 1_000;
/** How long a frame's work may take, and the first paint on a processor that is this many times slower. */
const MOST_FRAME_MILLISECONDS = 100;
const MOST_PAINT_MILLISECONDS = 1_000;
const SLOWED = 4;
const PAINTS = 5;
const FRAMES = 400;

interface Longest {
  /** Time of the processor. */
  readonly milliseconds: number;
  /** Time by the clock: longer when other programs use the machine. */
  readonly clockMilliseconds: number;
}

export interface PageFigures {
  /** The longest uninterrupted work while the list is scrolled. */
  readonly frames: readonly (Longest & { readonly list: string })[];
  /** Medians of the sign-in, and of the overview of a person who is signed in. */
  readonly paints: readonly { readonly of: string; readonly milliseconds: number }[];
}

const makeFiles = (folder: string): void => {
  for (let n = 0; n < FOLDERS; n++) {
    const inner = join(folder, 'source', `folder-${String(n).padStart(3, '0')}`);
    mkdirSync(inner, { recursive: true });
    for (let i = 0; i < FILES_OF_A_FOLDER; i++)
      writeFileSync(join(inner, `a file with a rather usual name ${i}.txt`), '');
  }
};

const fillCatalog = (folder: string): Promise<void> =>
  copyBackups(folder, RECORDS, (n) => ({
    label: `bulk-${n % 50}`,
    createdAt: new Date(Date.UTC(2025, 0, 1) + n * 3600_000).toISOString(),
  }));

const signIn = async (browser: Browser, { url, token }: Address): Promise<Page> => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
  await page.goto(`${url}/`);
  await page.getByLabel('API token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').waitFor();
  return page;
};

interface Address {
  readonly url: string;
  readonly token: string;
}

/** Runs in the page: scrolls row by row, and then in jumps to the end, one step a frame. */
const scrolling = `(async () => {
  const list = document.querySelector('.virtual');
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  for (let step = 0; step < ${FRAMES}; step++, await frame()) list.scrollBy(0, 57);
  const height = list.scrollHeight;
  for (let step = 1; step <= ${FRAMES}; step++, await frame()) list.scrollTo(0, (height * step) / ${FRAMES});
})()`;

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly args?: { readonly name?: string };
  /** Microseconds by the clock, and of processor time. */
  readonly dur?: number;
  readonly tdur?: number;
}

/**
 * Scrolls the list on the page, and watches its thread.
 *
 * @returns the processor time of the longest uninterrupted work, which delays a frame; not the time by the clock, since
 * other programs may use this machine
 */
const longestTask = async (browser: Browser, page: Page): Promise<Longest> => {
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await page.evaluate(scrolling);
  const trace: { traceEvents: TraceEvent[] } = JSON.parse((await browser.stopTracing()).toString());
  const mains = new Set(
    trace.traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = trace.traceEvents.filter(
    ({ name, pid, tid }) => name.endsWith('RunTask') && mains.has(`${pid} ${tid}`),
  );
  if (tasks.length < FRAMES) throw new Error(`Chromium told of ${tasks.length} tasks only`);
  const most = (of: (task: TraceEvent) => number | undefined): number =>
    tasks.reduce((longest, task) => Math.max(longest, (of(task) ?? 0) / 1000), 0);
  return { milliseconds: most(({ tdur }) => tdur), clockMilliseconds: most(({ dur }) => dur) };
};

const firstPaint = async (page: Page): Promise<number> => {
  // Read from here, since the page's policy allows no evaluation in the page.
  for (;;) {
    const [paint] = await page.evaluate(() =>
      performance.getEntriesByName('first-contentful-paint').map(({ startTime }) => startTime),
    );
    if (paint !== undefined) return paint;
    await pause(20);
  }
};

/** Loads the page again and again, on a slowed processor. */
const paintsOf = async (page: Page, url: string): Promise<number> => {
  const chrome = await page.context().newCDPSession(page);
  await chrome.send('Emulation.setCPUThrottlingRate', { rate: SLOWED });
  await chrome.send('Network.setCacheDisabled', { cacheDisabled: true });
  const paints: number[] = [];
  for (let round = 0; round < PAINTS; round++) {
    await page.goto('about:blank');
    await page.goto(`${url}/console/`);
    paints.push(await firstPaint(page));
  }
  return median(paints);
};

const measureIn = async (browser: Browser, address: Address, backupId: string): Promise<PageFigures> => {
  const stranger = await browser.newPage();
  const signInPaint = await paintsOf(stranger, address.url);
  await stranger.close();
  const page = await signIn(browser, address);
  const frames: (Longest & { list: string })[] = [];
  for (const [list, place] of [
    [`${RECORDS} backups`, '/backups'],
    [`${FOLDERS * FILES_OF_A_FOLDER} entries`, `/backups/${backupId}/contents`],
  ] as const) {
    await page.goto(`${address.url}/console/#${place}`);
    await page.locator('.virtual-body .path, .virtual-body .row-link').first().waitFor();
    frames.push({ list, ...(await longestTask(browser, page)) });
  }
  const overviewPaint = await paintsOf(page, address.url);
  return {
    frames,
    paints: [
      { of: 'the sign-in', milliseconds: signInPaint },
      { of: 'the overview', milliseconds: overviewPaint },
    ],
  };
};

/**
 * @param cache where compiled code is kept for the next start
 * @returns undefined when there is no Chromium
 */
export const measurePage = async (cache: string): Promise<PageFigures | undefined> => {
  if (!existsSync(CHROMIUM)) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-page-'));
  makeFiles(folder);
  const components = [{ id: 'files', kind: 'directory', path: 'source' }];
  await writeFile(join(folder, 'holdfast.config.json'), JSON.stringify({ components }));
  let server: RunningServer = await startServer(folder, cache);
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  try {
    const backupId = await backup(server);
    await stopServer(server);
    await fillCatalog(folder);
    server = await startServer(folder, cache);
    return await measureIn(browser, server, backupId);
  } finally {
    await browser.close();
    await stopServer(server);
    await rm(folder, { recursive: true, force: true });
  }
};

/** Prints the results, and makes the process end with 1 when something takes longer than allowed. */
export const pageTable = (figures: PageFigures | undefined): void => {
  if (figures === undefined) {
    console.log('\nthe page: not measured, there is no Chromium');
    return;
  }
  const { frames, paints } = figures;
  console.log('\nthe page, in Chromium');
  for (const { list, milliseconds, clockMilliseconds } of frames)
    console.log(
      `  longest work of a frame, ${list.padEnd(16)}${milliseconds.toFixed(0).padStart(5)} ms of CPU, at most ${MOST_FRAME_MILLISECONDS}; ${clockMilliseconds.toFixed(0)} ms by the clock`,
    );
  for (const { of, milliseconds } of paints)
    console.log(
      `  first paint of ${of.padEnd(14)} (CPU 1/${SLOWED})${milliseconds.toFixed(0).padStart(7)} ms, at most ${MOST_PAINT_MILLISECONDS}`,
    );
  const isSlow =
    frames.some(({ milliseconds }) => milliseconds > MOST_FRAME_MILLISECONDS) ||
    paints.some(({ milliseconds }) => milliseconds > MOST_PAINT_MILLISECONDS);
  if (!isSlow) return;
  console.log('  too slow');
  process.exitCode = 1;
};

if (import.meta.main) await withCache(async (cache) => pageTable(await measurePage(cache)));
