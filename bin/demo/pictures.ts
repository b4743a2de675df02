/**
 * Makes the pictures of the page in docs/pictures, with a demo installation in a temporary folder, real backups and a
 * real dry run, and Debian's Chromium. Run it again when the page has changed: `npm run pictures`.
 */
import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const pictures = join(checkout, 'docs', 'pictures');
const DEADLINE_MILLISECONDS = 60_000;

const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
  for (const deadline = Date.now() + DEADLINE_MILLISECONDS; Date.now() < deadline; await pause(50)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`waited in vain for ${what}`);
};

class Api {
  readonly url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.#token = token;
  }

  async call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.url}/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer as Record<string, unknown>;
  }

  /** Begins a backup, and returns its id when it has ended. */
  async backup(path: string, body?: object): Promise<string> {
    const { id } = await this.call('POST', path, body);
    await until('the end of a backup', async () => {
      const { state } = await this.call('GET', `backups/${id}`);
      return state === 'IN_PROGRESS' ? undefined : state;
    });
    return String(id);
  }
}

const config = {
  installation: 'acme',
  components: [
    { id: 'documents', kind: 'directory', path: 'documents' },
    { id: 'website', kind: 'directory', path: 'website' },
  ],
};

const serve = async (folder: string): Promise<{ api: Api; token: string; stop: () => void }> => {
  await mkdir(join(folder, 'documents'));
  await cp(join(checkout, 'docs'), join(folder, 'documents'), { recursive: true });
  await cp(join(checkout, 'lib'), join(folder, 'website'), { recursive: true });
  await writeFile(join(folder, 'holdfast.config.json'), JSON.stringify(config));
  const server = spawn(process.execPath, [join(checkout, 'bin', 'holdfast.js'), 'serve', '--port', '0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', (text) => {
      said += text;
    });
  const url = await until('the server', async () => /listens on (http\S+)/.exec(said)?.[1]);
  const token = (await readFile(join(folder, 'holdfast-data', 'cli.token'), 'utf8')).trim();
  return { api: new Api(url, token), token, stop: () => void server.kill('SIGTERM') };
};

/** Fills the installation as if it had worked for a while. */
const fill = async (api: Api, folder: string): Promise<{ backupId: string }> => {
  const nightly = { id: 'nightly', cron: '30 3 * * *', timeZone: 'Europe/Berlin', label: 'nightly' };
  await api.call('POST', 'schedules', { ...nightly, retention: { keepDaily: 7, keepMonthly: 12 } });
  await api.call('POST', 'schedules', { id: 'weekly', cron: '0 5 * * 0', timeZone: 'America/New_York' });
  await api.backup('schedules/nightly/run');
  await writeFile(join(folder, 'documents', 'minutes.txt'), 'of the last meeting\n');
  await api.backup('backups', { label: 'manual', description: 'before the migration' });
  return { backupId: await api.backup('schedules/nightly/run') };
};

const go = (page: Page, path: string) => page.goto(`${page.url().split('#')[0]}#${path}`);

const take = async (page: Page, name: string, path: string, ready: string): Promise<void> => {
  await go(page, path);
  await page.locator(ready).first().waitFor();
  await page.locator('.loading').first().waitFor({ state: 'detached' });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
  process.stdout.write(`docs/pictures/${name}.png\n`);
};

// The folder's name is in the pictures. An existing folder belongs to somebody else.
const folder = join(tmpdir(), 'acme');
await mkdir(folder);
const { api, token, stop } = await serve(folder);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  await mkdir(pictures, { recursive: true });
  const { backupId } = await fill(api, folder);
  const page = await browser.newPage({
    viewport: { width: 1200, height: 900 },
    colorScheme: 'light',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  });
  await page.goto(`${api.url}/`);
  await page.getByLabel('API token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').waitFor();
  await take(page, 'overview', '/', '.calendar');
  await take(page, 'schedules', '/schedules', '.schedule time');
  await go(page, `/backups/${backupId}/restore`);
  await page.getByRole('button', { name: 'See what would happen' }).click();
  await page.getByRole('heading', { name: 'What would happen' }).waitFor();
  await page.locator('.plan .virtual-body .path').first().waitFor();
  await page.locator('.plan').evaluate((plan) => plan.scrollIntoView());
  await page.screenshot({ path: join(pictures, 'restore.png') });
  process.stdout.write('docs/pictures/restore.png\n');
} finally {
  await browser.close();
  stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
