/** Signs the end of the trail, and its beginning after old rows were removed; and proves both. */
import {
  AUDIT_BLOCK_ROWS,
  auditLine,
  blockOf,
  ChainCheck,
  firstOfBlock,
  hashOfLine,
  isSealSigned,
  sealStatement,
} from '../../model/audit-chain.ts';
import { isAheadOf } from '../../model/clock-skew.ts';
import { type AuditHead, type AuditSeal, auditRowSchema } from '../../model/records/audit.ts';
import { type Change, put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { auditGroup, auditId } from '../../ports/catalog/placement.ts';
import type { Host } from '../../ports/host.ts';
import { commitAll } from '../task/commit-all.ts';
import { tell } from '../task/tell.ts';
import { type AuditHost, recordAct } from './act.ts';
import { rowsBetween } from './read-trail.ts';
import { readHead } from './trail.ts';

export type SealingHost = AuditHost & Pick<Host, 'vault' | 'config'>;

const DAY = 24 * 3600_000;
/** Blocks that one sweep removes at most: a change of `keepDays` can make many blocks old. */
const BLOCKS_AT_ONCE = 5;

export const newestSeal = async ({ catalog }: AuditHost): Promise<AuditSeal | undefined> =>
  (await catalog.list('auditSeal', { descending: true, limit: 1 })).records[0];

const ownVerifyKey = async ({ vault }: Pick<Host, 'vault'>): Promise<string> =>
  Buffer.from(await vault.verifyKey()).toString('base64');

/** The signed end of the trail as it is now. */
export const sealTrail = async (host: SealingHost): Promise<AuditSeal> => {
  const head = await readHead(host.catalog);
  const known = await newestSeal(host);
  if (known !== undefined && known.seq === head.seq && known.startSeq === head.startSeq) return known;
  const seal = await signedSeal(host, head);
  await host.catalog.commit([put('auditSeal', seal)]);
  return seal;
};

const signedSeal = async (
  { vault, config, clock }: SealingHost,
  { seq, hash, startSeq, startPrevious }: AuditHead,
): Promise<AuditSeal> => {
  const statement = {
    purpose: 'holdfast audit trail' as const,
    installation: config.installation,
    at: clock.now().toISOString(),
    ...{ seq, hash, startSeq, startPrevious },
    verifyKey: await ownVerifyKey({ vault }),
  };
  const signature = Buffer.from(await vault.sign(sealStatement(statement))).toString('base64');
  return { ...statement, signature };
};

/** Signs the end of the trail once a day, if rows were added. For the sweep. */
export const sealDaily = async (host: SealingHost): Promise<void> => {
  const now = host.clock.now().getTime();
  const known = await newestSeal(host);
  if (known !== undefined && !isAheadOf(known.at, now) && now - Date.parse(known.at) < DAY) return;
  if ((await readHead(host.catalog)).seq > 0) await sealTrail(host);
};

/**
 * Removes whole blocks of rows that are all older than `audit.keepDays`. First the trail's new beginning is signed and
 * committed, then the rows are removed. After a crash in between, the next sweep removes the rest.
 *
 * A clock that jumps ahead must not remove the trail: rows are removed only while the last seal is recent by the same
 * clock.
 */
export const removeOldRows = async (host: SealingHost): Promise<void> => {
  const found = await host.catalog.get('auditHead', 'head');
  if (found === undefined) return;
  const head = found.record;
  await removeBlocksBefore(host, blockOf(head.startSeq));
  const seal = await newestSeal(host);
  const now = host.clock.now().getTime();
  if (seal === undefined || now - Date.parse(seal.at) > 3 * DAY) return;
  const startBlock = await firstKeptBlock(host, head, now - host.config.audit.keepDays * DAY);
  const startSeq = firstOfBlock(startBlock);
  if (startSeq <= head.startSeq) return;
  const before = (await host.catalog.get('audit', auditId(startSeq - 1)))?.record;
  if (before === undefined) return;
  const next: AuditHead = { ...head, startSeq, startPrevious: hashOfLine(auditLine(before)) };
  await host.catalog.commit([
    put('auditHead', next, found.version),
    put('auditSeal', await signedSeal(host, next)),
    tell(host, {
      type: 'audit.removed',
      title: `old rows of the audit trail were removed: ${head.startSeq} to ${startSeq - 1}`,
      by: 'sweep',
      lines: [
        `They are older than ${host.config.audit.keepDays} days, for which the configuration keeps them.`,
      ],
    }),
  ]);
  await removeBlocksBefore(host, startBlock);
  await recordAct(
    host,
    {
      principal: { id: 'sweep', name: 'sweep', kind: 'host', grants: [] },
      action: 'audit.remove-old',
      subject: `audit/${head.startSeq}-${startSeq - 1}`,
      note: `older than ${host.config.audit.keepDays} days`,
    },
    { outcome: 'done', status: null, code: null },
  );
};

const firstKeptBlock = async (host: SealingHost, head: AuditHead, before: number): Promise<number> => {
  const first = blockOf(head.startSeq);
  let block = first;
  for await (const one of everyRecord(host, 'auditBlock')) {
    if (one.block < first) continue;
    if (one.block !== block || Date.parse(one.to) >= before || block - first >= BLOCKS_AT_ONCE) break;
    block += 1;
  }
  return block;
};

/** A full block before the trail's beginning keeps its own record as long as any of its rows are left. */
const removeBlocksBefore = async (host: SealingHost, startBlock: number): Promise<void> => {
  const { records } = await host.catalog.list('auditBlock', { limit: BLOCKS_AT_ONCE });
  for (const { block } of records) {
    if (block >= startBlock) return;
    const rows = await host.catalog.list('audit', { group: auditGroup(block), limit: AUDIT_BLOCK_ROWS });
    const gone: Change[] = rows.records.map(({ seq }) => ({ remove: 'audit', id: auditId(seq) }));
    await commitAll(host, [...gone, { remove: 'auditBlock', id: auditGroup(block) }]);
  }
};

export interface TrailCheck {
  readonly valid: boolean;
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  /** How many signed ends of the trail were compared with these rows. */
  readonly seals: number;
  readonly faults: readonly { readonly seq: number; readonly fault: string }[];
  /** `from` of the next part; null at the trail's end. */
  readonly next: number | null;
}

/** Rows that one request checks at most. */
const CHECKED_AT_ONCE = 10 * AUDIT_BLOCK_ROWS;

/** Checks a part of the trail, from row `from` on: chain, numbers, and each signed end in it. */
export const verifyTrail = async (
  host: SealingHost,
  { from, limit = CHECKED_AT_ONCE }: { from?: number | undefined; limit?: number | undefined },
): Promise<TrailCheck> => {
  const head = await readHead(host.catalog);
  const first = Math.max(from ?? head.startSeq, head.startSeq);
  const last = Math.min(head.seq, first + Math.min(limit, CHECKED_AT_ONCE) - 1);
  const check = new ChainCheck(await rowBefore(host, head, first));
  const seals = await sealsBetween(host, first, last);
  const verifyKey = await ownVerifyKey(host);
  let held = 0;
  for await (const row of rowsBetween(host.catalog, first, last)) {
    check.take(row);
    for (const seal of seals.get(row.seq) ?? []) {
      check.hold(seal, verifyKey);
      held += 1;
    }
  }
  const faults = [...check.faults];
  if (check.rows < last - first + 1)
    faults.push({
      seq: last,
      fault: `is missing, or rows before it; missing rows: ${last - first + 1 - check.rows}`,
    });
  if (last === head.seq) faults.push(...(await faultsOfEnd(host, head, check.last?.hash)));
  return {
    valid: faults.length === 0,
    from: first,
    to: Math.max(last, first - 1),
    rows: check.rows,
    seals: held,
    faults,
    next: last < head.seq ? last + 1 : null,
  };
};

const rowBefore = async (
  host: SealingHost,
  head: AuditHead,
  first: number,
): Promise<{ seq: number; hash: string }> => {
  if (first === head.startSeq) return { seq: first - 1, hash: head.startPrevious };
  const before = auditRowSchema.safeParse((await host.catalog.get('audit', auditId(first - 1)))?.record);
  return { seq: first - 1, hash: before.success ? hashOfLine(auditLine(before.data)) : 'no row' };
};

const sealsBetween = async (
  host: SealingHost,
  first: number,
  last: number,
): Promise<Map<number, AuditSeal[]>> => {
  const seals = new Map<number, AuditSeal[]>();
  for await (const seal of everyRecord(host, 'auditSeal'))
    if (seal.seq >= first && seal.seq <= last) seals.set(seal.seq, [...(seals.get(seal.seq) ?? []), seal]);
  return seals;
};

/** The head must name the last row, and no signed end may be later than it. */
const faultsOfEnd = async (
  host: SealingHost,
  head: AuditHead,
  hash: string | undefined,
): Promise<{ seq: number; fault: string }[]> => {
  const faults: { seq: number; fault: string }[] = [];
  if (hash !== undefined && head.seq > 0 && hash !== head.hash)
    faults.push({ seq: head.seq, fault: 'is not the row that the signed end of the trail names' });
  const seal = await newestSeal(host);
  if (seal !== undefined && seal.seq > head.seq)
    faults.push({ seq: seal.seq, fault: 'was signed, and the trail ends before it: rows were removed' });
  if (seal !== undefined && isSealSigned(seal, await ownVerifyKey(host)) && seal.startSeq > head.startSeq)
    faults.push({
      seq: seal.startSeq,
      fault: 'was signed as the beginning of the trail, but the trail begins with another row',
    });
  return faults;
};
