/** What a backup's tasks have captured so far, read from their checkpoints and summaries. */

import type { ComponentSummary } from '../../../archive/format.ts';
import { cutText, MAX_SKIPPED_REASON, NAMED_SKIPPED } from '../../../archive/manifest-bounds.ts';
import { componentFor } from '../../../components/index.ts';
import { HoldfastError, shortErrorOf } from '../../../model/errors.ts';
import type { BackupRecord, ComponentBackup } from '../../../model/records/backup.ts';
import type { CaptureGroup, CaptureSummary } from '../../../model/records/capture.ts';
import { everyRecord } from '../../../ports/catalog/every-record.ts';
import { taskOrder } from '../../../ports/catalog/placement.ts';
import { timestamp } from '../../../ports/clock.ts';
import type { Host } from '../../../ports/host.ts';
import { componentError } from '../../task/component-error.ts';
import { settingsOf } from './component-settings.ts';

/** The archive's first members are kept like a checkpoint of a capture, under an id that no component can have. */
export const HEAD_COMPONENT = '';

/** The state of each task: few and small records, however much the tasks have captured. */
export const readSummaries = (host: Host, backupId: string): Promise<CaptureSummary[]> =>
  Array.fromAsync(everyRecord(host, 'captureSummary', { group: backupId }));

/** What a checkpoint has put into the store. */
export type CapturedParts = Pick<CaptureGroup, 'component' | 'shard' | 'members' | 'pieces'>;

/** Of every checkpoint, the head's included, in the order of components and tasks: for sealing alone. */
export const readGroups = (host: Host, backupId: string): Promise<CapturedParts[]> =>
  Array.fromAsync(
    everyRecord(host, 'captureGroup', { group: backupId }),
    ({ component, shard, members, pieces }) => ({ component, shard, members, pieces }),
  );

/** One task's checkpoints, in their order. */
export const readTaskGroups = (
  host: Host,
  backupId: string,
  { component, shard }: Pick<CaptureGroup, 'component' | 'shard'>,
): Promise<CaptureGroup[]> =>
  Array.fromAsync(
    everyRecord(host, 'captureGroup', { group: backupId, orderPrefix: taskOrder(component, shard) }),
  );

/** A backup's components as its tasks have left them. Nothing of a FAILED component goes into the archive. */
export const componentsOf = (
  host: Host,
  record: BackupRecord,
  summaries: readonly CaptureSummary[],
): Record<string, ComponentBackup> => {
  const components: Record<string, ComponentBackup> = {};
  for (const [id, before] of Object.entries(record.components)) {
    const own = summaries.filter(({ component }) => component === id);
    if (own.length === 0) {
      components[id] = before;
      continue;
    }
    const capturedAt = own.map((summary) => summary.capturedAt).sort()[0] ?? null;
    const failure = failureOf(host, id, own);
    if (failure !== undefined) {
      components[id] = failedComponent(before.kind, capturedAt, failure);
      continue;
    }
    const skippedCount = sum(own, (summary) => summary.skippedCount);
    components[id] = {
      kind: before.kind,
      state: stateOf(own, skippedCount),
      capturedAt,
      sourceBytes: sum(own, ({ sourceBytes }) => sourceBytes),
      entries: sum(own, ({ entries }) => entries),
      skippedCount,
      skipped: own.flatMap(({ skipped }) => skipped).slice(0, NAMED_SKIPPED),
      ...warningsOf(own),
      shortError: '',
    };
  }
  return components;
};

type Failure = Pick<CaptureSummary, 'shortError' | 'errorCode'>;

/** Why a component is FAILED: one of its tasks failed, or all of them together have read nothing of it. */
const failureOf = (host: Host, id: string, own: readonly CaptureSummary[]): Failure | undefined => {
  const failed = own.find(({ state }) => state === 'FAILED');
  if (failed !== undefined || own.some(({ state }) => state !== 'SUCCESS')) return failed;
  const settings = host.config.components.find((component) => component.id === id);
  if (settings === undefined) return undefined;
  const shortcoming = componentFor(settings).shortcoming({
    entries: sum(own, ({ entries }) => entries),
    details: detailsOf(own),
  });
  return shortcoming === undefined
    ? undefined
    : {
        shortError: shortErrorOf(new HoldfastError('component_failed', shortcoming)),
        errorCode: 'component_failed',
      };
};

const failedComponent = (
  kind: string,
  capturedAt: string | null,
  { shortError, errorCode }: Failure,
): ComponentBackup => ({
  kind,
  state: 'FAILED',
  capturedAt,
  sourceBytes: 0,
  entries: 0,
  skippedCount: 1,
  skipped: [{ path: '.', reason: cutText(shortError, MAX_SKIPPED_REASON) }],
  shortError,
  ...(errorCode !== undefined && { errorCode }),
});

const detailsOf = (own: readonly CaptureSummary[]): CaptureSummary['details'] =>
  Object.assign({}, ...own.map(({ details }) => details));

/** Every component that is FAILED, with its reason, as one sentence. */
const failuresOf = (components: Readonly<Record<string, ComponentBackup>>): string =>
  Object.entries(components)
    .filter(([, { state }]) => state === 'FAILED')
    .map(([id, { shortError }]) => `component ${id}: ${shortError}`)
    .join('; ');

/**
 * Fails a backup when no component could be read, or a required one could not.
 *
 * @throws HoldfastError by the code of the first such component; it names them all.
 */
export const refuseIfNone = (host: Host, components: Readonly<Record<string, ComponentBackup>>): void => {
  const failed = Object.entries(components).filter(([, { state }]) => state === 'FAILED');
  const needed = failed.filter(([id]) => settingsOf(host, id).onMissing === 'fail');
  const [first] = needed.length > 0 ? needed : failed;
  if (first === undefined || (needed.length === 0 && failed.length < Object.keys(components).length)) return;
  throw componentError(first[1], failuresOf(components));
};

const warningsOf = (shards: readonly CaptureSummary[]): Pick<ComponentBackup, 'warnings'> => {
  const warnings = shards.flatMap((shard) => shard.warnings ?? []).slice(0, NAMED_SKIPPED);
  return warnings.length === 0 ? {} : { warnings };
};

const stateOf = (shards: readonly CaptureSummary[], skippedCount: number): ComponentBackup['state'] => {
  const states = shards.map(({ state }) => state);
  if (states.every((state) => state === 'SUCCESS')) return skippedCount > 0 ? 'PARTIAL' : 'SUCCESS';
  return 'IN_PROGRESS';
};

/** The end state of a backup whose archive is whole. */
export const outcomeOf = (components: Readonly<Record<string, ComponentBackup>>): 'SUCCESS' | 'PARTIAL' =>
  Object.values(components).some(({ state, skippedCount }) => state === 'FAILED' || skippedCount > 0)
    ? 'PARTIAL'
    : 'SUCCESS';

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);

/** The components as the manifest describes them. */
export const manifestComponents = (
  host: Host,
  components: Readonly<Record<string, ComponentBackup>>,
  summaries: readonly CaptureSummary[],
): Record<string, ComponentSummary> =>
  Object.fromEntries(
    Object.entries(components).map(([id, component]) => {
      const own = summaries.filter((summary) => summary.component === id);
      const summary: ComponentSummary = {
        kind: component.kind,
        ...componentFor(settingsOf(host, id)).content,
        outcome: component.state === 'FAILED' || component.skippedCount > 0 ? 'partial' : 'complete',
        capturedAt: component.capturedAt ?? timestamp(host.clock),
        sourceBytes: component.sourceBytes,
        entries: component.entries,
        skippedCount: component.skippedCount,
        skipped: component.skipped,
        details: component.state === 'FAILED' ? {} : detailsOf(own),
      };
      return [id, summary];
    }),
  );

export const totalsOf = (
  components: Readonly<Record<string, ComponentBackup>>,
): { sourceBytes: number; entries: number } => ({
  sourceBytes: sum(Object.values(components), ({ sourceBytes }) => sourceBytes),
  entries: sum(Object.values(components), ({ entries }) => entries),
});
