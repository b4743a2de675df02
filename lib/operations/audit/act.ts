/**
 * How an act is written to the trail. Before anything is done, a pending record says what was asked; when the outcome
 * is known, a row of the trail replaces it. A crash in between leaves the pending record, and the sweep makes it a row
 * with the outcome `unknown`: so the trail knows of every change.
 */
import { randomUUID } from 'node:crypto';
import type { Permission } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { errorCodeOf, errorTable, shortErrorOf } from '../../model/errors.ts';
import type { AuditEntry, AuditPending } from '../../model/records/audit.ts';
import { put } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { append } from './trail.ts';

export type AuditHost = Pick<Host, 'catalog' | 'clock' | 'log'>;

/** Where a request came from. */
export interface Origin {
  readonly source?: string | undefined;
  readonly forwardedFor?: string | undefined;
}

/** What a caller is about to do. */
export interface Act {
  /** Undefined: the caller did not prove who they are. */
  readonly principal: Pick<Principal, 'id' | 'name' | 'kind' | 'credential' | 'grants'> | undefined;
  readonly origin?: Origin;
  readonly action: string;
  readonly permission?: Permission | undefined;
  readonly subject?: string;
  readonly note?: string;
  /** The domains of what the act is done to, when it belongs to domains only. */
  readonly domains?: readonly string[] | undefined;
  /**
   * After how long the process that does it cannot be alive any more. @default five minutes: no request takes that long
   */
  readonly patienceMilliseconds?: number;
}

/** The outcome of an act. */
export interface Outcome extends Pick<AuditEntry, 'outcome' | 'status' | 'code'> {
  readonly made?: string;
  readonly note?: string;
  /** The domains of what the act made, beside the act's own; empty: the whole installation. */
  readonly domains?: readonly string[] | undefined;
}

const PATIENCE_MILLISECONDS = 5 * 60_000;

export const entryOf = (
  { clock }: Pick<Host, 'clock'>,
  { principal, origin, action, permission, subject = '', note = '', domains }: Act,
): AuditEntry => {
  const at = clock.now().toISOString();
  return {
    at,
    endedAt: at,
    actor: {
      kind: principal?.kind ?? 'nobody',
      id: principal?.id ?? '',
      name: principal?.name ?? '',
    },
    credential: principal?.credential ?? '',
    source: origin?.source ?? '',
    forwardedFor: origin?.forwardedFor ?? '',
    action,
    permission: permission ?? null,
    subject,
    made: '',
    domain: oneDomainOf(principal?.grants ?? []),
    ...domainsField(domains),
    outcome: 'unknown',
    status: null,
    code: null,
    count: 1,
    note,
  };
};

const domainsField = (domains: readonly string[] = []): Pick<AuditEntry, 'domains'> =>
  domains.length === 0 ? {} : { domains: [...new Set(domains)].sort() };

const oneDomainOf = (grants: Principal['grants']): string | null => {
  const domains = new Set(grants.map(({ domain }) => domain));
  const [one] = domains;
  return domains.size === 1 && one !== undefined ? one : null;
};

export const outcomeOfError = (thrown: unknown): Outcome => {
  const code = errorCodeOf(thrown);
  const { status } = errorTable[code];
  return { outcome: status < 500 ? 'refused' : 'failed', status, code };
};

/**
 * Does the work, and writes down that it was asked for, by whom, and the outcome.
 *
 * @param outcomeOf what the trail says of a result
 * @throws what `work` throws; and what a commit throws, before anything is done: an act that cannot be written down is
 * not done
 */
export const audited = async <T>(
  host: AuditHost,
  act: Act,
  work: () => Promise<T>,
  outcomeOf: (result: T) => Outcome,
): Promise<T> => {
  const pending = await begin(host, act);
  let result: T;
  try {
    result = await work();
  } catch (thrown) {
    await finish(host, pending, outcomeOfError(thrown));
    throw thrown;
  }
  await finish(host, pending, outcomeOf(result));
  return result;
};

/**
 * Writes down an act that was done already, such as one that the host did by itself; a crash before this loses the row.
 */
export const recordAct = async (host: AuditHost, act: Act, outcome: Outcome): Promise<void> => {
  await giveItsPlace(
    host,
    { id: newPendingId(), ready: false, expiresAt: '', entry: entryOf(host, act) },
    outcome,
  );
};

/** Notes what is about to be done. @throws what a commit throws */
export const begin = async (host: AuditHost, act: Act): Promise<AuditPending> => {
  const pending: AuditPending = {
    id: newPendingId(),
    entry: entryOf(host, act),
    ready: false,
    expiresAt: new Date(
      host.clock.now().getTime() + (act.patienceMilliseconds ?? PATIENCE_MILLISECONDS),
    ).toISOString(),
  };
  await host.catalog.commit([put('auditPending', pending, 'absent')]);
  return pending;
};

/** A failure here does not change the answer: the pending record already says what was asked for. */
const finish = async (host: AuditHost, pending: AuditPending, outcome: Outcome): Promise<void> => {
  try {
    await giveItsPlace(host, pending, outcome, pending.id);
  } catch (thrown) {
    host.log.error('the outcome of a request could not be written to the audit trail', {
      action: pending.entry.action,
      reason: shortErrorOf(thrown),
    });
  }
};

const giveItsPlace = async (
  host: AuditHost,
  pending: AuditPending,
  { outcome, status, code, made = '', note, domains: domainsMade }: Outcome,
  pendingId?: string,
): Promise<void> => {
  const { domains = [], ...begun } = pending.entry;
  const isOfWhole = domainsMade !== undefined && domainsMade.length === 0;
  const entry: AuditEntry = {
    ...begun,
    endedAt: host.clock.now().toISOString(),
    ...{ outcome, status, code, made },
    ...domainsField(isOfWhole ? [] : [...domains, ...(domainsMade ?? [])]),
    ...(note !== undefined && { note }),
  };
  if (await append(host.catalog, { entry, ...(pendingId !== undefined && { pendingId }) })) return;
  // Others are writing to the end of the trail: this entry waits for its place.
  await host.catalog.commit([
    put('auditPending', { ...pending, entry, ready: true, expiresAt: entry.endedAt }),
  ]);
};

/** Leaves an entry without waiting: the sweep, or the next reader of the trail, gives it its place. */
export const leaveForLater = async ({ catalog }: Pick<Host, 'catalog'>, entry: AuditEntry): Promise<void> => {
  const pending = { id: newPendingId(), entry, ready: true, expiresAt: entry.endedAt };
  await catalog.commit([put('auditPending', pending, 'absent')]);
};

const newPendingId = (): string => `act-${randomUUID()}`;
