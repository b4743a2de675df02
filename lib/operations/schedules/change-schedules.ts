/** Schedules of the API: made, changed, paused, resumed, deleted. */
import { isDeepStrictEqual } from 'node:util';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError, isConflict } from '../../model/errors.ts';
import { homeOf, ROOT_DOMAIN } from '../../model/records/scope.ts';
import { createBackupSchema } from '../../model/requests/backups.ts';
import type { RetentionPolicy } from '../../model/retention/policy.ts';
import { pingChannel } from '../../model/schedules/ping.ts';
import {
  type CreateScheduleRequest,
  ofRecord,
  type ReplaceScheduleRequest,
  type Schedule,
  type StoredSchedule,
} from '../../model/schedules/schedule.ts';
import type { ScheduleView } from '../../model/schedules/schedule-view.ts';
import { type Change, put } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { ownDomain } from '../access/known-domains.ts';
import { requireKnownMaker } from '../access/maker.ts';
import { requirePermission } from '../access/permissions.ts';
import type { ApprovalChoice } from '../approval/proposed.ts';
import { requireApproval } from '../approval/require-approval.ts';
import { checkChoice } from '../backup/request-backup.ts';
import { keyForBackup } from '../keys/backup-keys.ts';
import { commitFresh } from '../task/fresh-commit.ts';
import { rearmSchedule } from './arm-schedules.ts';
import { findSchedule } from './find-schedules.ts';
import { permittedSchedule, viewOf } from './read-schedules.ts';
import { requireIdOfHome } from './schedule-ids.ts';
import { keepPing } from './schedule-ping.ts';

/** The most schedules of the API: EventBridge Scheduler takes as many, and the API lists as many. */
const MAX_SCHEDULES = 10_000;

/** @throws `conflict` where there is one of this id; `invalid_request`, `forbidden`, `not_found` (key) */
export const createSchedule = async (
  host: Host,
  principal: Principal,
  { id, ping, ...request }: CreateScheduleRequest,
  choice: ApprovalChoice = {},
): Promise<ScheduleView> => {
  const said = ofOwnDomain(principal, request);
  await checkSaid(host, principal, said);
  requireForRetention(principal, undefined, said);
  await requireIdOfHome(host, principal, id, said);
  await requireKnownMaker(host, principal);
  const taken = await findSchedule(host, id);
  if (taken !== undefined) throw idTaken(id, taken);
  const { total } = await host.catalog.list('storedSchedule', { limit: 1 });
  if (total >= MAX_SCHEDULES)
    throw new HoldfastError(
      'conflict',
      `there are ${total} schedules, and no more can be created; delete some`,
    );
  const approved = await approvalForRetention(host, principal, id, undefined, said, choice);
  const now = timestamp(host.clock);
  const by = principal.name;
  const times = { createdAt: now, createdBy: by, updatedAt: now, updatedBy: by };
  const kept = ping == null ? {} : { ping: await keepPing(host, id, ping) };
  const stored = { id, ...said, ...kept, ...times, maker: makerOf(principal), stopped: null };
  try {
    await host.catalog.commit([put('storedSchedule', stored, 'absent'), fromNow(host, id), ...approved]);
  } catch (thrown) {
    const other = isConflict(thrown) ? await findSchedule(host, id) : undefined;
    throw other === undefined ? thrown : idTaken(id, other);
  }
  host.log.info('a schedule was created', { scheduleId: id, by });
  const made = ofRecord(stored, 1);
  await rearmSchedule(host, { after: made });
  return viewOf(host, made);
};

/**
 * Replaces everything that a schedule does. Its caller answers for it from then on.
 *
 * @param version The version that was read; undefined: any.
 * @throws `not_found`; `conflict` when the configuration has the schedule, or its version is another one by now; and as
 * `createSchedule`
 */
export const replaceSchedule = async (
  host: Host,
  principal: Principal,
  id: string,
  { version, ping, ...request }: ReplaceScheduleRequest,
  choice: ApprovalChoice = {},
): Promise<ScheduleView> => {
  const said = ofOwnDomain(principal, request);
  await checkSaid(host, principal, said);
  return change(host, principal, id, version, async (before) => {
    requireForRetention(principal, before.retention, said);
    await requireKnownMaker(host, principal);
    const beside = await approvalForRetention(host, principal, id, before, said, choice);
    const { createdAt, createdBy } = before;
    const kept =
      typeof ping === 'string' ? await keepPing(host, id, ping) : ping === null ? undefined : before.ping;
    const made = {
      ...{ id, ...said, createdAt, createdBy, ...(kept !== undefined && { ping: kept }) },
      maker: makerOf(principal),
      stopped: null,
    };
    return { made, beside };
  });
};

type SaidOfSchedule = Omit<ReplaceScheduleRequest, 'ping'>;

/** Pauses a schedule: it is not due any more, and nothing counts as missed meanwhile. */
export const pauseSchedule = (host: Host, principal: Principal, id: string): Promise<ScheduleView> =>
  change(host, principal, id, undefined, async (stored) => ({ made: { ...stored, enabled: false } }));

/**
 * Resumes a schedule: it is due again, from its next time on. Its caller answers for it from then on.
 *
 * @throws `forbidden` when the caller may not do what the schedule does
 */
export const resumeSchedule = (host: Host, principal: Principal, id: string): Promise<ScheduleView> =>
  change(host, principal, id, undefined, async (stored) => {
    const resumed = { ...stored, enabled: true, stopped: null, maker: makerOf(principal) };
    await checkSaid(host, principal, resumed);
    await requireKnownMaker(host, principal);
    return { made: resumed };
  });

/** Deletes a schedule. Its backups stay, and its policy no longer applies to them. @throws as `requireApproval` */
export const deleteSchedule = async (
  host: Host,
  principal: Principal,
  id: string,
  choice: ApprovalChoice = {},
): Promise<void> => {
  const { stored, version } = await ownSchedule(host, principal, id);
  const approved = await approvalForRetention(host, principal, id, stored, undefined, choice);
  await host.catalog.commit([
    // With an approval, the deleted policy must be the one that was approved.
    { remove: 'storedSchedule', id, ...(approved.length > 0 && { expect: version }) },
    { remove: 'schedule', id },
    ...ofNewAddress(id),
    ...approved,
  ]);
  await rearmSchedule(host, { before: ofRecord(stored) });
  host.log.info('a schedule was deleted', { scheduleId: id, by: principal.name });
};

const change = async (
  host: Host,
  principal: Principal,
  id: string,
  expected: number | undefined,
  make: (stored: StoredSchedule) => Promise<{
    readonly made: Omit<StoredSchedule, 'updatedAt' | 'updatedBy'>;
    readonly beside?: readonly Change[];
  }>,
): Promise<ScheduleView> => {
  const { before, after } = await commitFresh(host.catalog, async () => {
    const { stored, version } = await ownSchedule(host, principal, id);
    if (expected !== undefined && expected !== version) throw otherVersion(id, version);
    const { made, beside = [] } = await make(stored);
    const next = { ...made, updatedAt: timestamp(host.clock), updatedBy: principal.name };
    return {
      changes: [
        put('storedSchedule', next, version),
        fromNow(host, id),
        // A new address may answer although the old one was gone.
        ...(next.ping?.wrapped === stored.ping?.wrapped ? [] : ofNewAddress(id)),
        ...beside,
      ],
      result: { before: ofRecord(stored), after: ofRecord(next, version + 1) },
    };
  });
  host.log.info('a schedule was changed', { scheduleId: id, by: principal.name });
  await rearmSchedule(host, { before, after });
  return viewOf(host, after);
};

/**
 * A schedule that this principal may change here. @throws `not_found`, `forbidden`, `conflict` when the configuration
 * has it
 */
const ownSchedule = async (
  host: Host,
  principal: Principal,
  id: string,
): Promise<{ stored: StoredSchedule; version: number }> => {
  const { stored, version = 0 } = await permittedSchedule(host, principal, 'schedule.write', id);
  if (stored !== undefined) return { stored, version };
  throw new HoldfastError(
    'conflict',
    `the schedule "${id}" is in holdfast.config.json: change it there, and ${host.name === 'aws' ? 'deploy again' : 'start the server again'}`,
  );
};

/** A schedule that is new, changed or resumed has missed nothing before now, so it does not run at once. */
const fromNow = (host: Host, id: string): Change =>
  put('schedule', { id, lastFiredAt: timestamp(host.clock) });

/** Forgets the answers of the former address: they say nothing of the new one. */
const ofNewAddress = (id: string): Change[] =>
  (['channel', 'channelAnswer'] as const).map((remove): Change => ({ remove, id: pingChannel(id) }));

/** Refuses now what every run would be refused for, since somebody reads the answer now. */
const checkSaid = async (host: Host, principal: Principal, said: SaidOfSchedule): Promise<void> => {
  const { label, scope, domain, components, keyId } = said;
  requirePermission(principal, 'schedule.write', homeOf({ scope, domain: domain ?? ROOT_DOMAIN }));
  const request = createBackupSchema.parse({ label, scope, domain, components, keyId });
  const chosen = await checkChoice(host, principal, request);
  if (keyId !== undefined) await keyForBackup(host, { keyId, scope, domain: chosen.domain, principal });
};

/** A change of what retention keeps needs the permission to change policies. @throws `forbidden` */
const requireForRetention = (
  principal: Principal,
  before: RetentionPolicy | undefined,
  { retention, scope, domain }: Pick<ReplaceScheduleRequest, 'retention' | 'scope' | 'domain'>,
): void => {
  if (isDeepStrictEqual(before, retention)) return;
  requirePermission(principal, 'policy.write', homeOf({ scope, domain: domain ?? ROOT_DOMAIN }));
};

/**
 * @returns the changes that use an approval up, when a change of what retention keeps needs one
 * @throws as `requireApproval`
 */
const approvalForRetention = async (
  host: Host,
  principal: Principal,
  scheduleId: string,
  before: StoredSchedule | undefined,
  after: SaidOfSchedule | undefined,
  choice: ApprovalChoice,
): Promise<readonly Change[]> => {
  if (isDeepStrictEqual(before?.retention, after?.retention)) return [];
  const homes = [before, after].flatMap((one) =>
    one === undefined ? [] : [homeOf({ scope: one.scope, domain: one.domain ?? ROOT_DOMAIN })],
  );
  const { changes } = await requireApproval(
    host,
    principal,
    {
      facts: {
        action: 'policy.change',
        scheduleId,
        before: before?.retention ?? null,
        after: after?.retention ?? null,
      },
      subject: `schedules/${scheduleId}`,
      homes,
    },
    choice,
  );
  return changes;
};

/** A principal with rights in one domain only means that domain. */
const ofOwnDomain = <S extends SaidOfSchedule>(principal: Principal, said: S): S => {
  const own = ownDomain(principal);
  return own === null || said.scope !== 'domain' || said.domain !== undefined
    ? said
    : { ...said, domain: own };
};

const makerOf = ({ id, name, kind }: Principal): StoredSchedule['maker'] => ({ id, name, kind });

const idTaken = (id: string, { stored }: Schedule): HoldfastError =>
  new HoldfastError(
    'conflict',
    `there is a schedule "${id}" ${stored === undefined ? 'in holdfast.config.json' : 'already'}; choose another id`,
  );

const otherVersion = (id: string, version: number): HoldfastError =>
  new HoldfastError(
    'conflict',
    `the schedule "${id}" was changed in the meantime, and now has version ${version}; read it again, and change that version`,
  );
