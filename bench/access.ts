/**
 * The cost of authentication: requests that need a token compared with one that needs none, with 1,000 tokens and a
 * million rows of the audit trail in the catalog. A real server in a process of its own, asked over HTTP, all in turn
 * within one run. `node bench/access.ts` measures this alone.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteCatalog } from '../lib/adapters/local/catalog/sqlite-catalog.ts';
import { AUDIT_BLOCK_ROWS, blockOf, hashOfLine } from '../lib/model/audit-chain.ts';
import type { AuditRow } from '../lib/model/records/audit.ts';
import { noRows } from '../lib/operations/audit/trail.ts';
import { type Change, put } from '../lib/ports/catalog/catalog.ts';
import { MAX_CHANGES } from '../lib/ports/catalog/catalog-limits.ts';
import { median } from './measure.ts';
import { type RunningServer, startServer, stopServer, timed, withCache } from './server.ts';

const TOKENS = 1_000;
const ROWS = 1_000_000;
/** How much longer a request with a token may take than one without. */
export const MOST_MILLISECONDS_MORE = 2;
const ROUNDS = 300;

export interface AccessFigures {
  readonly what: string;
  /** The median time. */
  readonly milliseconds: number;
  /** How much longer than the open route. */
  readonly more: number;
}

const OPEN = 'GET /v1/health, open to all';

const requests: Readonly<Record<string, (server: RunningServer) => Promise<unknown>>> = {
  [OPEN]: (server) => server.call('GET', '/v1/health'),
  'GET /v1/sessions/current, with a token': (server) => server.call('GET', '/v1/sessions/current'),
  'GET /v1/components, with a token': (server) => server.call('GET', '/v1/components'),
  'DELETE of a backup that is not there, with a row of the trail': (server) =>
    server.call('DELETE', `/v1/backups/backup-${randomUUID()}`).catch(() => undefined),
};

const tokensOf = (now: string): Change[] =>
  Array.from({ length: TOKENS }, (_, n) =>
    put('token', {
      ...{ id: `token-${randomUUID()}`, hash: randomBytes(32).toString('hex'), name: `token ${n}` },
      ...{
        role: 'operator',
        domain: null,
        createdBy: 'bench',
        madeWith: null,
        expiresAt: null,
        createdAt: now,
      },
    }),
  );

/** The rows of a trail from its beginning, each chained to the one before. */
function* rowsFrom(now: number): Generator<AuditRow, string> {
  let previous = noRows.hash;
  for (let seq = 1; seq <= ROWS; seq++) {
    const at = new Date(now - (ROWS - seq) * 1000).toISOString();
    const row: AuditRow = {
      ...{ seq, previous, at, endedAt: at, credential: '', source: '192.0.2.1', forwardedFor: '' },
      actor: { kind: 'token', id: `token-${seq % TOKENS}`, name: `token ${seq % TOKENS}` },
      ...{ action: 'createBackup', permission: 'backup.create', subject: '', made: `backups/nightly-${seq}` },
      ...{ domain: null, outcome: 'done', status: 202, code: null, count: 1, note: '' },
    };
    yield row;
    previous = hashOfLine(Buffer.from(`${JSON.stringify(row)}\n`));
  }
  return previous;
}

/** Writes into the catalog of a stopped server. */
const fillCatalog = async (folder: string): Promise<void> => {
  const catalog = new SqliteCatalog(join(folder, 'data', 'catalog.db'));
  const now = Date.now();
  let changes: Change[] = tokensOf(new Date(now).toISOString());
  const write = async (most: number): Promise<void> => {
    while (changes.length > most) {
      await catalog.commit(changes.slice(0, MAX_CHANGES));
      changes = changes.slice(MAX_CHANGES);
    }
  };
  const rows = rowsFrom(now);
  let next = rows.next();
  for (; next.done !== true; next = rows.next()) {
    const { seq, at } = next.value;
    changes.push(put('audit', next.value, 'absent'));
    if (seq % AUDIT_BLOCK_ROWS === 0)
      changes.push(put('auditBlock', { block: blockOf(seq), from: at, to: at }));
    if (changes.length >= MAX_CHANGES) await write(MAX_CHANGES - 1);
  }
  changes.push(put('auditHead', { ...noRows, seq: ROWS, hash: next.value }));
  await write(0);
  catalog.close();
};

/** @param cache where compiled code is kept for the next start */
export const measureAccess = async (cache: string): Promise<AccessFigures[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-access-'));
  await mkdir(join(folder, 'source'));
  const components = [{ id: 'files', kind: 'directory', path: 'source' }];
  await writeFile(join(folder, 'holdfast.config.json'), JSON.stringify({ components }));
  let server = await startServer(folder, cache);
  try {
    await stopServer(server);
    await fillCatalog(folder);
    server = await startServer(folder, cache);
    const runs = new Map<string, number[]>(Object.keys(requests).map((what) => [what, []]));
    for (let round = 0; round < ROUNDS; round++)
      for (const [what, ask] of Object.entries(requests))
        runs.get(what)?.push(await timed(() => ask(server)));
    const medians = [...runs].map(([what, times]) => [what, median(times)] as const);
    const open = medians.find(([what]) => what === OPEN)?.[1] ?? 0;
    return medians.map(([what, milliseconds]) => ({ what, milliseconds, more: milliseconds - open }));
  } finally {
    await stopServer(server);
    await rm(folder, { recursive: true, force: true });
  }
};

/** Prints the results, and makes the process end with 1 when authentication takes longer than allowed. */
export const accessTable = (figures: readonly AccessFigures[]): void => {
  console.log(
    `\nwith ${TOKENS} tokens and ${ROWS} rows of the audit trail: at most ${MOST_MILLISECONDS_MORE} ms more than an open route`,
  );
  for (const { what, milliseconds, more } of figures)
    console.log(`  ${what.padEnd(64)}${milliseconds.toFixed(2).padStart(7)} ms, ${more.toFixed(2)} ms more`);
  const isSlow = figures.some(({ what, more }) => what.startsWith('GET') && more > MOST_MILLISECONDS_MORE);
  if (!isSlow) return;
  console.log('  too slow');
  process.exitCode = 1;
};

if (import.meta.main) await withCache(async (cache) => accessTable(await measureAccess(cache)));
