/**
 * How long a page of a long list takes: of 1,000 schedules of the API, and of 100,000 notices with a delivery each. A real
 * server in a process of its own, asked over HTTP. `node bench/lists.ts` measures these alone.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteCatalog } from '../lib/adapters/local/catalog/sqlite-catalog.ts';
import { type Change, put } from '../lib/ports/catalog/catalog.ts';
import { MAX_CHANGES } from '../lib/ports/catalog/catalog-limits.ts';
import { median } from './measure.ts';
import { type RunningServer, startServer, stopServer, timed, withCache } from './server.ts';

const SCHEDULES = 1_000;
const NOTICES = 100_000;
/** How long a page may take. */
export const MOST_MILLISECONDS = 50;
const ROUNDS = 30;

export interface ListFigures {
  readonly path: string;
  /** The median time, and the slowest. */
  readonly milliseconds: number;
  readonly slowestMilliseconds: number;
}

const paths = [
  '/v1/schedules',
  '/v1/schedules?skip=990',
  '/v1/notices',
  '/v1/notices?limit=100',
  '/v1/notices?type=backup.failed&skip=9000',
  '/v1/notices?skip=99000',
  '/v1/deliveries?state=dead',
  '/v1/deliveries?state=delivered&skip=89000',
  '/v1/channels',
];

const makeSchedules = async (server: RunningServer): Promise<void> => {
  for (let n = 0; n < SCHEDULES; n++)
    await server.call('POST', '/v1/schedules', {
      ...{ id: `schedule-${n}`, cron: `${n % 60} ${n % 24} * * *`, timeZone: 'Europe/Berlin' },
      ...{ jitterMinutes: n % 30, enabled: false },
    });
};

/**
 * Writes notices of the last weeks into the catalog of a stopped server: one in ten tells of a failure, and was given
 * up.
 */
const fillCatalog = async (folder: string): Promise<void> => {
  const catalog = new SqliteCatalog(join(folder, 'data', 'catalog.db'));
  const noticeOf = (n: number): Change[] => {
    const at = new Date(Date.now() - n * 30_000).toISOString();
    const failed = n % 10 === 0;
    const id = `event-${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;
    const type = failed ? ('backup.failed' as const) : ('backup.succeeded' as const);
    const notice = {
      ...{ id, type, installation: 'bench', at, title: 'a backup ended', shortError: '', nextSteps: [] },
      ...{ summary: '1,204 entries, 3.1 MB of 9.8 MB in 2 s', channels: ['log'] },
    };
    const delivery = {
      ...{ noticeId: id, channel: 'log', lane: 'log', type, attempts: 1, lastAnswer: 'logged' },
      ...{ createdAt: at, nextAttemptAt: at, endedAt: at },
      state: failed ? ('dead' as const) : ('delivered' as const),
    };
    return [put('notice', notice), put('delivery', delivery)];
  };
  const atOnce = Math.floor(MAX_CHANGES / 2);
  for (let n = 0; n < NOTICES; n += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, NOTICES - n) }, (_, index) => noticeOf(n + index));
    await catalog.commit(some.flat());
  }
  catalog.close();
};

/** @param cache where compiled code is kept for the next start */
export const measureLists = async (cache: string): Promise<ListFigures[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-lists-'));
  await mkdir(join(folder, 'source'));
  const components = [{ id: 'files', kind: 'directory', path: 'source' }];
  await writeFile(join(folder, 'holdfast.config.json'), JSON.stringify({ components }));
  let server = await startServer(folder, cache);
  try {
    await makeSchedules(server);
    await stopServer(server);
    await fillCatalog(folder);
    server = await startServer(folder, cache);
    const figures: ListFigures[] = [];
    for (const path of paths) {
      const runs: number[] = [];
      // The first request of each kind compiles the code of the others.
      for (let round = 0; round <= ROUNDS; round++) runs.push(await timed(() => server.call('GET', path)));
      const counted = runs.slice(1);
      figures.push({ path, milliseconds: median(counted), slowestMilliseconds: Math.max(...counted) });
    }
    return figures;
  } finally {
    await stopServer(server);
    await rm(folder, { recursive: true, force: true });
  }
};

/** Prints the results, and makes the process end with 1 when a page takes longer than allowed. */
export const listTable = (figures: readonly ListFigures[]): void => {
  console.log(
    `\na page of ${SCHEDULES} schedules, or of ${NOTICES} notices: at most ${MOST_MILLISECONDS} ms`,
  );
  for (const { path, milliseconds, slowestMilliseconds } of figures)
    console.log(
      `  ${path.padEnd(45)}${milliseconds.toFixed(1).padStart(7)} ms, the slowest ${slowestMilliseconds.toFixed(1)} ms`,
    );
  if (figures.some(({ milliseconds }) => milliseconds > MOST_MILLISECONDS)) {
    console.log('  too slow');
    process.exitCode = 1;
  }
};

if (import.meta.main) await withCache(async (cache) => listTable(await measureLists(cache)));
