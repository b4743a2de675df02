/**
 * Frequent acts get one row: refusals of one kind, by source and minute, and reads of one thing, such as the pages of
 * an archive's contents. They are counted in this process; on AWS each function counts for itself.
 */
import { shortErrorOf } from '../../model/errors.ts';
import type { AuditEntry } from '../../model/records/audit.ts';
import type { Catalog } from '../../ports/catalog/catalog.ts';
import { type Act, type AuditHost, entryOf, leaveForLater, type Outcome } from './act.ts';

const MINUTE = 60_000;
/** One row stands for all reads of one thing, by one actor from one address, within this time. */
export const READS_MILLISECONDS = 10 * MINUTE;
/**
 * Refusals of one minute that get rows of their own; the others are counted together, so that no outsider fills the
 * trail.
 */
const MOST_A_MINUTE = 20;
const MOST_READS = 10_000;

interface Counted {
  readonly entry: AuditEntry;
  more: number;
}
interface Repeated {
  minute: number;
  readonly refusals: Map<string, Counted>;
  readonly reads: Map<string, number>;
}

const ofCatalog = new WeakMap<Catalog, Repeated>();
const repeatedOf = (catalog: Catalog): Repeated => {
  const found = ofCatalog.get(catalog) ?? { minute: 0, refusals: new Map(), reads: new Map() };
  ofCatalog.set(catalog, found);
  return found;
};

const keyOf = ({ principal, origin, action, subject, note }: Act): string =>
  JSON.stringify([principal?.id, origin?.source, origin?.forwardedFor, action, subject, note]);

/**
 * Whether a row of the last ten minutes already stands for this read. If not, the caller writes one, and that stands
 * for the next reads.
 */
export const wasReadLately = ({ catalog, clock }: AuditHost, act: Act): boolean => {
  const { reads } = repeatedOf(catalog);
  const now = clock.now().getTime();
  const key = keyOf(act);
  const since = now - (reads.get(key) ?? Number.NEGATIVE_INFINITY);
  if (since >= 0 && since < READS_MILLISECONDS) return true;
  if (reads.size >= MOST_READS) reads.clear();
  reads.set(key, now);
  return false;
};

/** Forgets a read whose row could not be written: the next read gets a row. */
export const forgetRead = ({ catalog }: AuditHost, act: Act): void =>
  void repeatedOf(catalog).reads.delete(keyOf(act));

/** Notes a refusal. It never throws, and never makes the refusal wait for the end of the trail. */
export const noteRefusal = async (host: AuditHost, act: Act, outcome: Outcome): Promise<void> => {
  try {
    await count(host, act, outcome);
  } catch (thrown) {
    host.log.error('a refused request could not be written to the audit trail', {
      reason: shortErrorOf(thrown),
    });
  }
};

const count = async (host: AuditHost, act: Act, { outcome, status, code }: Outcome): Promise<void> => {
  const repeated = repeatedOf(host.catalog);
  const minute = Math.floor(host.clock.now().getTime() / MINUTE);
  if (repeated.minute !== minute) {
    await tellRefusals(host);
    repeated.minute = minute;
  }
  const all = { ...entryOf(host, act), outcome, status, code };
  const others = {
    ...all,
    actor: { kind: 'nobody', id: '', name: '' },
    source: '',
    forwardedFor: '',
    subject: '',
  };
  const hasRoom = repeated.refusals.size < MOST_A_MINUTE;
  const known = keyOf(act);
  const key = repeated.refusals.has(known) || hasRoom ? known : 'others';
  const counted = repeated.refusals.get(key);
  if (counted !== undefined) {
    counted.more += 1;
    return;
  }
  const entry = key === 'others' ? { ...others, note: 'of many sources' } : all;
  repeated.refusals.set(key, { entry, more: 0 });
  // The first gets a row at once; the count of the others gets one when the minute is over.
  await leaveForLater(host, entry);
};

/** Writes how often the refusals of the minute before were repeated. The sweep calls this too. */
export const tellRefusals = async (host: AuditHost): Promise<void> => {
  const repeated = repeatedOf(host.catalog);
  if (repeated.minute === Math.floor(host.clock.now().getTime() / MINUTE)) return;
  const counted = [...repeated.refusals.values()];
  repeated.refusals.clear();
  const endedAt = host.clock.now().toISOString();
  for (const { entry, more } of counted)
    if (more > 0)
      await leaveForLater(host, {
        ...entry,
        endedAt,
        count: more,
        note: [entry.note, 'the same refusal, so many times within a minute'].filter(Boolean).join('; '),
      });
};
