/**
 * How an act comes into the trail. Before anything is done a pending record says what was asked; when the outcome is known,
 * the row takes its place. A crash between leaves the pending record, of which the sweep makes a row with the outcome
 * `unknown`: no change is ever made that the trail does not know of.
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

/** What somebody is about to do. */
export interface Act {
  /** Undefined: nobody showed who they are. */
  readonly principal: Pick<Principal, 'id' | 'name' | 'kind' | 'credential' | 'grants'> | undefined;
  readonly origin?: Origin;
  readonly action: string;
  readonly permission?: Permission | undefined;
  readonly subject?: string;
  readonly note?: string;
  /** Whose that is which it is done to: of domains alone. */
  readonly domains?: readonly string[] | undefined;
  /** When whoever does it is surely gone. @default after five minutes: no request takes so long */
  readonly patienceMilliseconds?: number;
}

/** How it came out. */
export interface Outcome extends Pick<AuditEntry, 'outcome' | 'status' | 'code'> {
  readonly made?: string;
  readonly note?: string;
  /** Whose that is which it made, beside the act's; none: the whole installation's. */
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
 * Does the work, and writes down that it was asked for, by whom, and how it came out.
 *
 * @param outcomeOf what the trail says of a result
 * @throws what `work` throws; and what a commit throws, before anything is done: what cannot be written down is not done
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

/** Writes down what was done already, such as what ran by itself; a crash before this loses the row. */
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

/** The answer goes out whatever becomes of this: what was noted before says that it was asked for. */
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
  // Others write to the end of the trail: it waits for its place.
  await host.catalog.commit([
    put('auditPending', { ...pending, entry, ready: true, expiresAt: entry.endedAt }),
  ]);
};

/** An entry that nobody waits for: the sweep, or whoever looks at the trail, gives it its place. */
export const leaveForLater = async ({ catalog }: Pick<Host, 'catalog'>, entry: AuditEntry): Promise<void> => {
  const pending = { id: newPendingId(), entry, ready: true, expiresAt: entry.endedAt };
  await catalog.commit([put('auditPending', pending, 'absent')]);
};

const newPendingId = (): string => `act-${randomUUID()}`;
