/**
 * The audit trail below HTTP: its chain, its seals, its expiry, and what a crash leaves, under a clock that
 * the test sets.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { AUDIT_BLOCK_ROWS, auditLine, hashOfLine } from '../../../lib/model/audit-chain.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { HoldfastError } from '../../../lib/model/errors.ts';
import type { AuditRow } from '../../../lib/model/records/audit.ts';
import { type Act, audited, begin, entryOf, recordAct } from '../../../lib/operations/audit/act.ts';
import { exportTrail } from '../../../lib/operations/audit/export-trail.ts';
import { settlePending } from '../../../lib/operations/audit/pending-acts.ts';
import { type AuditQuery, readTrail, rowsBetween } from '../../../lib/operations/audit/read-trail.ts';
import { noteRefusal, tellRefusals } from '../../../lib/operations/audit/repeated-acts.ts';
import {
  removeOldRows,
  sealDaily,
  sealTrail,
  verifyTrail,
} from '../../../lib/operations/audit/seal-trail.ts';
import { append, readHead } from '../../../lib/operations/audit/trail.ts';
import { put } from '../../../lib/ports/catalog/catalog.ts';
import { auditId } from '../../../lib/ports/catalog/placement.ts';
import { type EmbeddedHost, openEmbeddedHost } from '../../../lib/runtimes/server/embedded-host.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';
import { administrator } from '../../principals.ts';

const folder = temporaryFolders();
const DAY = 24 * 3600_000;
let host: EmbeddedHost;
let now: number;

beforeEach(async () => {
  now = Date.parse('2026-11-30T12:00:00.000Z');
  host = await openEmbeddedHost({
    data: await folder(),
    config: configSchema.parse({ audit: { keepDays: 30 } }),
    log: new JsonLogger({ write: () => undefined }),
    clock: { now: () => new Date(now) },
  });
});
afterEach(() => host.close());

const act = (action = 'deleteBackup', subject = 'backups/one'): Act => ({
  principal: administrator('anna'),
  action,
  subject,
});
const DONE = { outcome: 'done', status: 204, code: null } as const;
const list = (query: Partial<AuditQuery> = {}) => readTrail(host, { skip: 0, limit: 10, ...query });
const allRows = async (): Promise<AuditRow[]> => {
  const { startSeq, seq } = await readHead(host.catalog);
  const rows: AuditRow[] = [];
  for await (const row of rowsBetween(host.catalog, startSeq, seq)) rows.push(row);
  return rows;
};
const appendMany = (count: number): Promise<boolean[]> =>
  Promise.all(
    Array.from({ length: count }, (_, n) =>
      append(host.catalog, { entry: entryOf(host, act('many', `n/${n}`)) }),
    ),
  );

describe('the audit trail', () => {
  test('chains each row to the one before, however many come at once [U12]', async () => {
    await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        audited(
          host,
          act('createBackup', `n/${n}`),
          async () => n,
          () => DONE,
        ),
      ),
    );
    const rows = await allRows();
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
    for (const [index, row] of rows.entries())
      expect(row.previous).toBe(
        index === 0 ? '0'.repeat(64) : hashOfLine(auditLine(rows[index - 1] as AuditRow)),
      );
    expect(new Set(rows.map(({ subject }) => subject)).size).toBe(60);
    expect((await host.catalog.list('auditPending')).total).toBe(0);
    expect(await verifyTrail(host, {})).toMatchObject({ valid: true, rows: 60, next: null });
  });

  test('says of a refusal its code, and hands it on', async () => {
    const refusal = new HoldfastError('key_in_use', 'no');
    await expect(
      audited(
        host,
        act(),
        async () => {
          throw refusal;
        },
        () => DONE,
      ),
    ).rejects.toBe(refusal);
    expect((await list()).resources).toMatchObject([{ outcome: 'refused', status: 409, code: 'key_in_use' }]);
  });

  test('knows of what a crash cut off, and says that its outcome is unknown', async () => {
    await begin(host, act('restore', 'backups/two'));
    expect((await list()).total).toBe(0);
    now += 6 * 60_000;
    expect((await list()).resources).toMatchObject([
      { action: 'restore', outcome: 'unknown', status: null, at: '2026-11-30T12:00:00.000Z' },
    ]);
    await begin(host, act('restore', 'backups/three'));
    await settlePending(host, { all: true });
    expect((await list()).resources[0]).toMatchObject({ subject: 'backups/three', outcome: 'unknown' });
  });

  test('does nothing that it could not write down', async () => {
    let done = false;
    const broken = { ...host, catalog: Object.create(host.catalog) };
    broken.catalog.commit = async () => {
      throw new HoldfastError('storage_full', 'full');
    };
    await expect(
      audited(
        broken,
        act(),
        async () => {
          done = true;
        },
        () => DONE,
      ),
    ).rejects.toMatchObject({ code: 'storage_full' });
    expect(done).toBe(false);
  });

  test('keeps a row whose place in the chain is contended, and gives it one later', async () => {
    const contended = { ...host, catalog: Object.create(host.catalog) };
    contended.catalog.get = host.catalog.get.bind(host.catalog);
    let refused = 0;
    contended.catalog.commit = async (changes: Parameters<typeof host.catalog.commit>[0]) => {
      if (changes.some((one) => 'put' in one && one.put === 'auditHead')) {
        refused += 1;
        throw new HoldfastError('conflict', 'another was first');
      }
      await host.catalog.commit(changes);
    };
    await audited(
      contended,
      act(),
      async () => 1,
      () => DONE,
    );
    expect(refused).toBe(6);
    expect((await host.catalog.list('auditPending')).records).toMatchObject([{ ready: true }]);
    expect((await list()).resources).toMatchObject([{ outcome: 'done', action: 'deleteBackup' }]);
    expect((await host.catalog.list('auditPending')).total).toBe(0);
  });

  test.each([
    [
      'changed',
      async (row: AuditRow) => void (await overwrite({ ...row, actor: { ...row.actor, name: 'eve' } })),
    ],
    ['taken away', async (row: AuditRow) => host.catalog.commit([{ remove: 'audit', id: auditId(row.seq) }])],
    ['given a field', async (row: AuditRow) => void (await overwrite({ ...row, more: 1 } as AuditRow))],
  ])('tells that a row was %s', async (_, tamper) => {
    await appendMany(20);
    const row = (await allRows())[9] as AuditRow;
    await tamper(row);
    const check = await verifyTrail(host, {});
    expect(check.valid).toBe(false);
    expect(check.faults.some(({ seq }) => seq >= 10 && seq <= 20)).toBe(true);
    // A verification from the middle fails too, because each row must follow from the row before it.
    expect((await verifyTrail(host, { from: 11 })).valid).toBe(false);
  });

  test('tells that the last rows were taken away, by what was signed', async () => {
    await appendMany(5);
    const { seq: _, ...before } = await readHead(host.catalog);
    await appendMany(3);
    await sealTrail(host);
    const rows = await allRows();
    const fifth = rows[4] as AuditRow;
    for (const { seq } of rows.slice(5)) await host.catalog.commit([{ remove: 'audit', id: auditId(seq) }]);
    await host.catalog.commit([put('auditHead', { ...before, seq: 5, hash: hashOfLine(auditLine(fifth)) })]);
    expect(await verifyTrail(host, {})).toMatchObject({ valid: false, faults: [{ seq: 8 }] });
  });

  test('is signed once a day, and again only when it grew', async () => {
    const seals = async () => (await host.catalog.list('auditSeal')).records.map(({ seq }) => seq);
    await sealDaily(host);
    expect(await seals()).toEqual([]);
    await appendMany(2);
    await sealDaily(host);
    await appendMany(2);
    await sealDaily(host);
    expect(await seals()).toEqual([2]);
    now += DAY;
    await sealDaily(host);
    now += DAY;
    await sealDaily(host);
    expect(await seals()).toEqual([2, 4]);
    expect(await verifyTrail(host, {})).toMatchObject({ valid: true, seals: 2 });
  });

  test('is written once: no row is ever put over another', () =>
    expect(host.catalog.commit([put('audit', { seq: 1 } as AuditRow)])).rejects.toThrow(RangeError));
});

const overwrite = async (row: AuditRow): Promise<void> => {
  await host.catalog.commit([{ remove: 'audit', id: auditId(row.seq) }]);
  await host.catalog.commit([put('audit', row, 'absent')]);
};

describe('lists of the audit trail', () => {
  test('go by pages over all rows, the newest first', async () => {
    await appendMany(AUDIT_BLOCK_ROWS + 25);
    const page = await list({ skip: 20, limit: 10 });
    expect(page.total).toBe(AUDIT_BLOCK_ROWS + 25);
    expect(page.resources.map(({ seq }) => seq)).toEqual(Array.from({ length: 10 }, (_, n) => 1005 - n));
    expect((await list({ skip: 1020, limit: 10 })).resources.map(({ seq }) => seq)).toEqual([5, 4, 3, 2, 1]);
    expect((await list({ skip: 5000 })).resources).toEqual([]);
    expect((await list({ before: 4 })).resources.map(({ seq }) => seq)).toEqual([3, 2, 1]);
  });

  test('are filtered by who, what, to what, when and how it came out', async () => {
    await recordAct(host, act('createBackup', ''), { ...DONE, made: 'backups/b-1' });
    now += DAY;
    await recordAct(host, { ...act('downloadBackup', 'backups/b-1'), principal: administrator('ben') }, DONE);
    now += DAY;
    await recordAct(host, act('downloadKey', 'keys/k'), {
      outcome: 'refused',
      status: 403,
      code: 'forbidden',
    });
    const actions = async (query: Partial<AuditQuery>) =>
      (await list(query)).resources.map(({ action }) => action);
    expect(await actions({ principal: 'ben' })).toEqual(['downloadBackup']);
    expect(await actions({ action: 'downloadKey' })).toEqual(['downloadKey']);
    expect(await actions({ subject: 'b-1' })).toEqual(['downloadBackup', 'createBackup']);
    expect(await actions({ subject: 'keys/k' })).toEqual(['downloadKey']);
    expect(await actions({ outcome: 'refused' })).toEqual(['downloadKey']);
    expect(await actions({ from: '2026-12-01T00:00:00Z', to: '2026-12-02T00:00:00Z' })).toEqual([
      'downloadBackup',
    ]);
  });

  test('pass over blocks of other times, and say where to go on', async () => {
    await appendMany(AUDIT_BLOCK_ROWS);
    now += 40 * DAY;
    await appendMany(AUDIT_BLOCK_ROWS);
    let read = 0;
    const watched = { ...host, catalog: Object.create(host.catalog) };
    watched.catalog.get = host.catalog.get.bind(host.catalog);
    watched.catalog.commit = host.catalog.commit.bind(host.catalog);
    watched.catalog.list = async (kind: 'audit', options: object) => {
      if (kind === 'audit') read += 1;
      return host.catalog.list(kind, options);
    };
    const page = await readTrail(watched, {
      ...{ skip: 0, limit: 10, to: '2026-12-10T00:00:00Z' },
    });
    expect(page).toMatchObject({ total: AUDIT_BLOCK_ROWS, next: null });
    expect(read).toBe(1);
  });
});

describe('the age of the audit trail', () => {
  test('takes whole old blocks away, with the beginning that is left signed and the rest still valid', async () => {
    await appendMany(AUDIT_BLOCK_ROWS + 10);
    await sealDaily(host);
    now += 31 * DAY;
    await removeOldRows(host);
    // The clock may have jumped, so no rows are removed before a seal was made at the new time.
    expect((await allRows())[0]?.seq).toBe(1);
    await appendMany(1);
    await sealDaily(host);
    await removeOldRows(host);
    const rows = await allRows();
    expect(rows[0]?.seq).toBe(AUDIT_BLOCK_ROWS + 1);
    expect(rows.at(-1)).toMatchObject({ action: 'audit.remove-old', subject: 'audit/1-1000' });
    expect((await host.catalog.list('audit', { group: '00000000' })).total).toBe(0);
    expect(await verifyTrail(host, {})).toMatchObject({ valid: true, from: 1001 });
    expect((await list({ limit: 1000 })).total).toBe(12);
  });

  test('keeps a block with one row that is not old', async () => {
    await appendMany(AUDIT_BLOCK_ROWS - 1);
    now += 31 * DAY;
    await appendMany(5);
    await sealDaily(host);
    await removeOldRows(host);
    expect((await allRows())[0]?.seq).toBe(1);
  });
});

describe('refusals', () => {
  const stranger = (source: string): Act => ({
    principal: undefined,
    action: 'authenticate',
    origin: { source },
  });
  const REFUSED = { outcome: 'refused', status: 401, code: 'unauthorized' } as const;

  test('of one source and minute are one row, and one that says how many more came', async () => {
    for (let n = 0; n < 500; n++) await noteRefusal(host, stranger('192.0.2.1'), REFUSED);
    now += 60_000;
    await tellRefusals(host);
    const { resources } = await list();
    expect(resources.map(({ count, source }) => [count, source])).toEqual([
      [499, '192.0.2.1'],
      [1, '192.0.2.1'],
    ]);
    expect(resources[0]?.actor.kind).toBe('nobody');
  });

  test('of very many sources do not fill the trail', async () => {
    for (let n = 0; n < 300; n++) await noteRefusal(host, stranger(`2001:db8::${n}`), REFUSED);
    now += 60_000;
    await tellRefusals(host);
    const { resources } = await list({ limit: 1000 });
    expect(resources.length).toBeLessThan(25);
    expect(resources.reduce((sum, { count }) => sum + count, 0)).toBe(300);
  });
});

describe('an export of the audit trail', () => {
  test('is the rows as they were hashed, and the signed end', async () => {
    await appendMany(3);
    const lines = (await exportTrail(host)).trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    for (const [index, line] of lines.slice(1, 3).entries())
      expect(JSON.parse(line).previous).toBe(hashOfLine(Buffer.from(`${lines[index]}\n`)));
    expect(JSON.parse(lines[3] ?? '')).toMatchObject({ purpose: 'holdfast audit trail', seq: 3 });
    expect(JSON.parse(lines[3] ?? '').hash).toBe(hashOfLine(Buffer.from(`${lines[2]}\n`)));
  });

  test('of many rows comes in parts that join', async () => {
    await appendMany(4100);
    const first = (await exportTrail(host)).trimEnd().split('\n');
    const { more } = JSON.parse(first.pop() ?? '');
    expect(more).toBe(4001);
    const second = (await exportTrail(host, more)).trimEnd().split('\n');
    expect(first.length + second.length - 1).toBe(4100);
  });
});
