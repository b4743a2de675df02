/**
 * Wraps a catalog and makes metrics of its commits: how a component's capture or restore ended, with its bytes, entries
 * and seconds. So operations need not know of metrics.
 */
import {
  COMPONENT_DIMENSION,
  type ComponentMetric,
  componentMetrics,
} from '../../../model/monitoring/component-metrics.ts';
import type { CaptureSummary } from '../../../model/records/capture.ts';
import { isFinal } from '../../../model/records/operation.ts';
import type { RestoreRecord } from '../../../model/records/restore.ts';
import type {
  Catalog,
  Change,
  CommitOptions,
  Hold,
  Listed,
  ListOptions,
  LockState,
  Taking,
  Versioned,
} from '../../../ports/catalog/catalog.ts';
import type { RecordKind, Records } from '../../../ports/catalog/records.ts';
import type { Metrics, MetricValue } from '../metrics.ts';
import type { SdkRetries } from '../sdk/sdk-retries.ts';

const measured = (name: ComponentMetric, value: number): Record<string, MetricValue> => ({
  [name]: { value, unit: componentMetrics[name] },
});
const dimensions = (component: string) => ({ [COMPONENT_DIMENSION]: component });
const secondsSince = (time: string): number => Math.max(0, Date.now() - Date.parse(time)) / 1_000;

export interface MeteredCatalogOptions {
  readonly catalog: Catalog;
  readonly metrics: Metrics;
  readonly retries: SdkRetries;
}

export class MeteredCatalog implements Catalog {
  readonly #catalog: Catalog;
  readonly #metrics: Metrics;
  readonly #retries: SdkRetries;

  constructor({ catalog, metrics, retries }: MeteredCatalogOptions) {
    this.#catalog = catalog;
    this.#metrics = metrics;
    this.#retries = retries;
  }

  get<K extends RecordKind>(kind: K, id: string): Promise<Versioned<Records[K]> | undefined> {
    return this.#catalog.get(kind, id);
  }

  list<K extends RecordKind>(kind: K, options?: ListOptions): Promise<Listed<Records[K]>> {
    return this.#catalog.list(kind, options);
  }

  lock(): Promise<LockState> {
    return this.#catalog.lock();
  }

  take(taking: Taking, changes: readonly Change[]): Promise<Hold> {
    return this.#catalog.take(taking, changes);
  }

  async commit(changes: readonly Change[], options: CommitOptions = {}): Promise<void> {
    await this.#catalog.commit(changes, options);
    for (const change of changes) {
      if (!('put' in change)) continue;
      if (change.put === 'captureSummary') this.#captured(change.record);
      if (change.put === 'restore' && isFinal(change.record.state)) this.#restored(change.record);
    }
  }

  #captured({ backupId, component, shard, state, sourceBytes, entries, capturedAt }: CaptureSummary): void {
    const retries = this.#retries.take();
    const fields = { operationId: backupId, shard, state };
    if (retries > 0) this.#metrics.emit(dimensions(component), measured('Retries', retries), fields);
    if (state !== 'SUCCESS' && state !== 'FAILED') return;
    this.#metrics.emit(
      dimensions(component),
      {
        ...measured('CapturedBytes', sourceBytes),
        ...measured('CapturedEntries', entries),
        ...measured('CaptureSeconds', secondsSince(capturedAt)),
        ...measured('CapturesFailed', state === 'FAILED' ? 1 : 0),
      },
      fields,
    );
  }

  #restored({ id, components, createdAt, dryRun }: RestoreRecord): void {
    if (dryRun) return;
    for (const [component, { bytes, entries, state }] of Object.entries(components))
      this.#metrics.emit(
        dimensions(component),
        {
          ...measured('RestoredBytes', bytes),
          ...measured('RestoredEntries', entries),
          ...measured('RestoreSeconds', secondsSince(createdAt)),
          ...measured('RestoresFailed', state === 'FAILED' ? 1 : 0),
        },
        { operationId: id, state },
      );
  }
}
