/**
 * An embedded host whose workflows do not run by themselves: a test runs their steps one by one, or leaves
 * some out.
 */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonLogger } from '../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../lib/model/config/config.ts';
import type { BackupRecord } from '../../lib/model/records/backup.ts';
import { type CreateBackupRequest, createBackupSchema } from '../../lib/model/requests/backups.ts';
import { capture } from '../../lib/operations/backup/capture/capture-task.ts';
import { completeBackup } from '../../lib/operations/backup/complete-backup.ts';
import { planBackup } from '../../lib/operations/backup/plan-backup.ts';
import { requestBackup } from '../../lib/operations/backup/request-backup.ts';
import { sealArchive } from '../../lib/operations/backup/seal-archive.ts';
import type { OperatingHost } from '../../lib/operations/engine/kind-of-operation.ts';
import { getRecord } from '../../lib/operations/task/operation-record.ts';
import type { TaskContext } from '../../lib/operations/task/task-context.ts';
import { openInstallation } from '../../lib/operations/upkeep/open-installation.ts';
import type { Hold } from '../../lib/ports/catalog/catalog.ts';
import type { ExecutionStatus, WorkflowEngine } from '../../lib/ports/workflow-engine.ts';
import { type EmbeddedHost, openEmbeddedHost } from '../../lib/runtimes/server/embedded-host.ts';
import { administrator } from '../principals.ts';
import { verifySealed } from './verify/read-back.ts';

export const principal = administrator();

/** Reports the status of executions that a test sets; it runs nothing. */
export class ScriptedWorkflow implements WorkflowEngine {
  readonly executions = new Map<string, ExecutionStatus>();
  /** When false, a start is accepted and lost, as by a crash just before it. */
  starts = true;

  async start(_machine: string, { operationId }: { operationId: string }): Promise<void> {
    if (this.starts) this.executions.set(operationId, 'RUNNING');
  }
  async status(operationId: string): Promise<ExecutionStatus | undefined> {
    return this.executions.get(operationId);
  }
  async stop(operationId: string): Promise<void> {
    if (this.executions.get(operationId) === 'RUNNING') this.executions.set(operationId, 'ABORTED');
  }
}

/** The same object with one method replaced. */
export const instead = <T extends object, K extends keyof T>(
  of: T,
  name: K,
  method: T[K] extends (...args: infer A) => unknown ? (...args: A) => unknown : never,
): T =>
  new Proxy(of, {
    get: (target, property) => {
      if (property === name) return method;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

export const backupSteps = ['plan', 'capture', 'seal', 'verify', 'complete'] as const;
export type BackupStep = (typeof backupSteps)[number];

export class StepwiseHost {
  readonly host: OperatingHost;
  readonly workflow: ScriptedWorkflow;
  readonly folder: string;
  readonly #embedded: EmbeddedHost;
  readonly #clock: { ahead: number };
  readonly #taken = new Map<string, number>();

  private constructor(embedded: EmbeddedHost, folder: string, clock: { ahead: number }) {
    this.#embedded = embedded;
    this.#clock = clock;
    this.folder = folder;
    this.workflow = new ScriptedWorkflow();
    this.host = { ...embedded, workflow: this.workflow };
  }

  /** Opens a host with these components, or with one component `files` that holds one file. */
  static async open(components?: readonly object[]): Promise<StepwiseHost> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-stepwise-'));
    await mkdir(join(folder, 'source'));
    await writeFile(join(folder, 'source', 'a.txt'), 'alpha');
    const clock = { ahead: 0 };
    const embedded = await openEmbeddedHost({
      data: join(folder, 'data'),
      config: configSchema.parse({
        components: components ?? [{ id: 'files', kind: 'directory', path: join(folder, 'source') }],
      }),
      log: new JsonLogger({ write: () => undefined }),
      clock: { now: () => new Date(Date.now() + clock.ahead) },
    });
    await openInstallation(embedded);
    return new StepwiseHost(embedded, folder, clock);
  }

  get archives(): string {
    return join(this.folder, 'data', 'archives');
  }

  pass(milliseconds: number): void {
    this.#clock.ahead += milliseconds;
  }

  context(host: OperatingHost = this.host): TaskContext<OperatingHost> {
    return { host, signal: new AbortController().signal, remainingMilliseconds: () => 900_000 };
  }

  async change(content: string): Promise<void> {
    await writeFile(join(this.folder, 'source', 'a.txt'), content);
  }

  request(request: Partial<CreateBackupRequest> = {}): Promise<BackupRecord> {
    return requestBackup(this.host, principal, createBackupSchema.parse(request));
  }

  async hold(): Promise<Hold> {
    const { holder, fence } = await this.host.catalog.lock();
    return { operationId: holder?.id ?? '', fence };
  }

  /** Runs the remaining steps of the running backup in order, up to `last`. */
  async run(last: BackupStep, host: OperatingHost = this.host): Promise<void> {
    const hold = await this.hold();
    const context = this.context(host);
    const steps: Record<BackupStep, () => Promise<unknown>> = {
      plan: () => planBackup(context, hold),
      capture: () => capture(context, hold, { component: 'files', shard: 0 }),
      seal: () => sealArchive(context, hold),
      verify: () => verifySealed(context, hold),
      complete: () => completeBackup(context, hold),
    };
    const taken = this.#taken.get(hold.operationId) ?? 0;
    for (const step of backupSteps.slice(taken, backupSteps.indexOf(last) + 1)) {
      await steps[step]();
      this.#taken.set(hold.operationId, backupSteps.indexOf(step) + 1);
    }
  }

  /** Runs a backup from its request to its end. */
  async backup(request: Partial<CreateBackupRequest> = {}): Promise<BackupRecord> {
    const { id } = await this.request(request);
    await this.run('complete');
    this.workflow.executions.set(id, 'SUCCEEDED');
    return this.show(id);
  }

  show(id: string): Promise<BackupRecord> {
    return getRecord(this.host, 'backup', id);
  }

  async close(): Promise<void> {
    await this.#embedded.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
