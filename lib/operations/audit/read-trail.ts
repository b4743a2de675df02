/** Lists of the trail, the newest row first: whole blocks are read by their index, and never more of them than asked for. */
import { AUDIT_BLOCK_ROWS, blockOf, firstOfBlock } from '../../model/audit-chain.ts';
import type { AuditHead, AuditOutcome, AuditRow } from '../../model/records/audit.ts';
import type { Catalog } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { auditGroup } from '../../ports/catalog/placement.ts';
import type { AuditHost } from './act.ts';
import { settlePending } from './pending-acts.ts';
import { readHead } from './trail.ts';

/** A principal with rights in some domains only sees what was done there. */
export type Seen = readonly string[] | null;

export interface AuditQuery {
  readonly skip: number;
  readonly limit: number;
  /** Only rows before this one. */
  readonly before?: number | undefined;
  /** Id or name of the actor. */
  readonly principal?: string | undefined;
  readonly action?: string | undefined;
  /** What the act was done to, or what it made, such as `backups/ID`; or the id alone. */
  readonly subject?: string | undefined;
  readonly outcome?: AuditOutcome | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** The domains whose rows are read; null: all rows. @default null */
  readonly seen?: Seen;
}

export interface AuditPage {
  readonly skip: number;
  readonly limit: number;
  /** How many rows match, of the rows that were read; without a filter, of all rows. */
  readonly total: number;
  readonly resources: AuditRow[];
  /** `before` of the next page; null when nothing older is left. */
  readonly next: number | null;
}

/** Rows that are read at most for one page with a filter. */
const MOST_LOOKED_AT = 20 * AUDIT_BLOCK_ROWS;

/** The rows from `from` to `to`, both included, in their order. */
export async function* rowsBetween(catalog: Catalog, from: number, to: number): AsyncGenerator<AuditRow> {
  for (let block = blockOf(from); block <= blockOf(to); block++) {
    const first = Math.max(from, firstOfBlock(block));
    const last = Math.min(to, firstOfBlock(block + 1) - 1);
    if (last < first) return;
    const { records } = await catalog.list('audit', {
      group: auditGroup(block),
      skip: first - firstOfBlock(block),
      limit: last - first + 1,
    });
    yield* records;
  }
}

export const readTrail = async (host: AuditHost, query: AuditQuery): Promise<AuditPage> => {
  await settlePending(host);
  const head = await readHead(host.catalog);
  const newest = Math.min(head.seq, (query.before ?? head.seq + 1) - 1);
  return isFiltered(query) ? filtered(host, head, newest, query) : plain(host.catalog, head, newest, query);
};

const isFiltered = ({ principal, action, subject, outcome, from, to, seen = null }: AuditQuery): boolean =>
  seen !== null || [principal, action, subject, outcome, from, to].some((one) => one !== undefined);

/** Row numbers have no gaps, so the first row of a page is known without counting. */
const plain = async (
  catalog: Catalog,
  { startSeq }: AuditHead,
  newest: number,
  { skip, limit }: AuditQuery,
): Promise<AuditPage> => {
  const total = Math.max(0, newest - startSeq + 1);
  const last = newest - skip;
  const first = Math.max(startSeq, last - limit + 1);
  const resources: AuditRow[] = [];
  if (limit > 0 && last >= startSeq)
    for await (const row of rowsBetween(catalog, first, last)) resources.unshift(row);
  return { skip, limit, total, resources, next: last >= startSeq && first > startSeq ? first : null };
};

const filtered = async (
  host: AuditHost,
  head: AuditHead,
  newest: number,
  query: AuditQuery,
): Promise<AuditPage> => {
  const { skip, limit } = query;
  const page = { matches: 0, resources: [] as AuditRow[] };
  let lookedAt = 0;
  let next = newest + 1;
  const passes = await blocksOfTimes(host, query);
  for (let block = blockOf(Math.max(newest, 1)); block >= blockOf(head.startSeq); block--) {
    const [first, last] = [firstOfBlock(block), Math.min(newest, firstOfBlock(block + 1) - 1)];
    if (last < first) break;
    if (passes(block)) {
      const rows: AuditRow[] = [];
      for await (const row of rowsBetween(host.catalog, first, last)) rows.unshift(row);
      lookedAt += rows.length;
      for (const row of rows) {
        if (!matches(row, query)) continue;
        page.matches += 1;
        if (page.matches > skip && page.resources.length < limit) page.resources.push(row);
      }
    }
    next = first;
    if (lookedAt >= MOST_LOOKED_AT) break;
  }
  return {
    ...{ skip, limit, total: page.matches, resources: page.resources },
    next: next > head.startSeq && newest >= head.startSeq ? next : null,
  };
};

/** Whether a block may hold rows of the requested time. */
const blocksOfTimes = async (
  host: AuditHost,
  { from, to }: AuditQuery,
): Promise<(block: number) => boolean> => {
  if (from === undefined && to === undefined) return () => true;
  const outside = new Set<number>();
  for await (const one of everyRecord(host, 'auditBlock'))
    if ((from !== undefined && isBefore(one.to, from)) || (to !== undefined && !isBefore(one.from, to)))
      outside.add(one.block);
  return (block) => !outside.has(block);
};

const isBefore = (a: string, b: string): boolean => Date.parse(a) < Date.parse(b);

/**
 * Whether the actor's domain, if it has one only, and the known domains of what the act was done to are all among
 * these.
 */
const isSeenRow = ({ domain, domains }: AuditRow, seen: readonly string[]): boolean => {
  const homes = [...(domain === null ? [] : [domain]), ...(domains ?? [])];
  return homes.length > 0 && homes.every((home) => seen.includes(home));
};

const matches = (row: AuditRow, query: AuditQuery): boolean => {
  if (query.seen != null && !isSeenRow(row, query.seen)) return false;
  const { principal, action, subject, outcome, from, to } = query;
  const names = [row.subject, row.made];
  return (
    (principal === undefined || row.actor.id === principal || row.actor.name === principal) &&
    (action === undefined || row.action === action) &&
    (subject === undefined || names.some((name) => name === subject || name.endsWith(`/${subject}`))) &&
    (outcome === undefined || row.outcome === outcome) &&
    (from === undefined || !isBefore(row.at, from)) &&
    (to === undefined || isBefore(row.at, to))
  );
};
