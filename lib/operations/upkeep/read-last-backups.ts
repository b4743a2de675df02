/** Reads the summaries of the last backups, and makes missing or outdated ones anew from all backups. */
import { randomUUID } from 'node:crypto';
import { isAheadOf } from '../../model/clock-skew.ts';
import { shortErrorOf } from '../../model/errors.ts';
import {
  countsHere,
  isComplete,
  nothingSeen,
  outlookBefore,
  seenOfComponent,
  seenOfSchedule,
} from '../../model/monitoring/last-backups.ts';
import {
  ALL_COMPONENTS,
  type LastBackups,
  lastBackupsOfSchedule,
  type Outlook,
} from '../../model/records/last-backups.ts';
import type { Schedule } from '../../model/schedules/schedule.ts';
import { put, type Versioned } from '../../ports/catalog/catalog.ts';
import { MAX_CHANGES } from '../../ports/catalog/catalog-limits.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { everySchedule } from '../schedules/find-schedules.ts';

export type Outlooks = Map<string, Outlook>;
export interface Standing {
  readonly components: Outlooks;
  readonly schedules: Outlooks;
}

/** Schedules in the metrics: more would be too many series for monitoring. Those of the configuration come first. */
const MOST_SCHEDULES = 1_000;
export const toldSchedules = async (host: Host): Promise<Schedule[]> =>
  (await everySchedule(host)).slice(0, MOST_SCHEDULES);

/** The last backups of the components of the configuration, and of these schedules. */
export const readLastBackups = async (host: Host, scheduleIds: readonly string[]): Promise<Standing> => {
  const all = await host.catalog.get('lastBackups', ALL_COMPONENTS);
  const known = await knownOutlooks(host, all, scheduleIds);
  const wanted = { components: host.config.components.map(({ id }) => id), schedules: scheduleIds };
  const isCurrent = wanted.components.every((id) => known.components.has(id));
  const missing = wanted.schedules.filter((id) => !known.schedules.has(id));
  if (isCurrent && missing.length === 0) return known;
  const found = await lookBack(host, isCurrent ? [] : wanted.components, isCurrent ? missing : scheduleIds);
  const generation = isCurrent && all !== undefined ? all.record.generation : randomUUID();
  const standing: Standing = isCurrent
    ? { components: known.components, schedules: inOrder(scheduleIds, known, found) }
    : found;
  await keep(host, all, {
    all: {
      id: ALL_COMPONENTS,
      generation,
      isWhole: true,
      newest: found.newest,
      outlooks: Object.fromEntries(standing.components),
    },
    schedules: [...found.schedules].map(([id, outlook]) => ({
      ...{ id: lastBackupsOfSchedule(id), generation, isWhole: true, outlooks: { [id]: outlook } },
    })),
  });
  return standing;
};

const inOrder = (ids: readonly string[], ...from: readonly Standing[]): Outlooks =>
  new Map(
    ids.flatMap((id) => {
      const outlook = from.map(({ schedules }) => schedules.get(id)).find((one) => one !== undefined);
      return outlook === undefined ? [] : [[id, outlook]];
    }),
  );

/** The summaries that can be used as they are. */
const knownOutlooks = async (
  host: Host,
  all: Versioned<LastBackups> | undefined,
  scheduleIds: readonly string[],
): Promise<Standing> => {
  const now = host.clock.now().getTime();
  const isSound = ({ attempt, success, verified }: Outlook): boolean =>
    ![attempt, success, verified].some((one) => one !== null && isAheadOf(one.createdAt, now));
  const components: Outlooks = new Map();
  const schedules: Outlooks = new Map();
  if (all === undefined || !all.record.isWhole || (await isBehind(host, all.record)))
    return { components, schedules };
  for (const { id } of host.config.components) {
    const outlook = Object.hasOwn(all.record.outlooks, id) ? all.record.outlooks[id] : undefined;
    if (outlook !== undefined && isSound(outlook)) components.set(id, outlook);
  }
  if (scheduleIds.length === 0) return { components, schedules };
  const wanted = new Set(scheduleIds);
  for await (const one of everyRecord(host, 'lastBackups', { group: 'schedule' })) {
    if (one.generation !== all.record.generation) continue;
    for (const [id, outlook] of Object.entries(one.outlooks))
      if (wanted.has(id) && isSound(outlook)) schedules.set(id, outlook);
  }
  return { components, schedules: inOrder(scheduleIds, { components, schedules }) };
};

/** Whether an earlier version of Holdfast, which does not keep summaries, has ended backups meanwhile. */
const isBehind = async (host: Host, { newest }: LastBackups): Promise<boolean> => {
  const [last] = (await host.catalog.list('backup', { descending: true, limit: 1 })).records;
  return last !== undefined && countsHere(last, host.clock.now()) && (newest ?? '') < last.createdAt;
};

/** Reads backups, the newest first, until there is nothing left to learn. */
const lookBack = async (
  host: Host,
  componentIds: readonly string[],
  scheduleIds: readonly string[],
): Promise<Standing & { readonly newest: string | null }> => {
  const now = host.clock.now();
  const components: Outlooks = new Map(componentIds.map((id) => [id, nothingSeen]));
  const schedules: Outlooks = new Map(scheduleIds.map((id) => [id, nothingSeen]));
  const open = new Set<string>([
    ...componentIds.map((id) => `c ${id}`),
    ...scheduleIds.map((id) => `s ${id}`),
  ]);
  let newest: string | null = null;
  for await (const backup of everyRecord(host, 'backup', { descending: true })) {
    if (!countsHere(backup, now)) continue;
    newest ??= backup.createdAt;
    for (const id of Object.keys(backup.components)) {
      const outlook = components.get(id);
      if (outlook === undefined) continue;
      const before = outlookBefore(outlook, seenOfComponent(backup, id));
      components.set(id, before);
      if (isComplete(before)) open.delete(`c ${id}`);
    }
    const outlook = backup.scheduleId === null ? undefined : schedules.get(backup.scheduleId);
    if (backup.scheduleId !== null && outlook !== undefined) {
      const before = outlookBefore(outlook, seenOfSchedule(backup));
      schedules.set(backup.scheduleId, before);
      if (isComplete(before)) open.delete(`s ${backup.scheduleId}`);
    }
    if (open.size === 0) break;
  }
  return { components, schedules, newest };
};

/**
 * Stores the summaries for the next reading. If a backup ended meanwhile, they are not stored, and the next reading
 * makes them anew. The record of all components is written last, since the others count from then on.
 */
const keep = async (
  { catalog, log }: Host,
  before: Versioned<LastBackups> | undefined,
  { all, schedules }: { readonly all: LastBackups; readonly schedules: readonly LastBackups[] },
): Promise<void> => {
  let expect: number | 'absent' = before?.version ?? 'absent';
  const isNew = before?.record.generation !== all.generation;
  try {
    for (let first = 0; first < schedules.length; first += MAX_CHANGES - 1) {
      const changes = schedules.slice(first, first + MAX_CHANGES - 1).map((one) => put('lastBackups', one));
      // Records of a new generation count only once the record of all components names it.
      await catalog.commit(isNew ? changes : [...changes, put('lastBackups', all, expect)]);
      if (!isNew && typeof expect === 'number') expect += 1;
    }
    if (isNew) await catalog.commit([put('lastBackups', all, expect)]);
  } catch (thrown) {
    log.warn('the summary of last backups could not be stored; the next reading computes it again', {
      reason: shortErrorOf(thrown),
    });
  }
};

/** For the sweep: makes outdated summaries anew, and forgets schedules that no longer exist. */
export const keepLastBackups = async (host: Host): Promise<void> => {
  const scheduleIds = (await toldSchedules(host)).map(({ id }) => id);
  await readLastBackups(host, scheduleIds);
  const wanted = new Set(scheduleIds.map(lastBackupsOfSchedule));
  const known = await Array.fromAsync(everyRecord(host, 'lastBackups', { group: 'schedule' }));
  for (const { id } of known) if (!wanted.has(id)) await host.catalog.commit([{ remove: 'lastBackups', id }]);
};
