/** The embedded host: every port on this machine, in this process. */
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { DEFAULT_SEGMENT_BYTES } from '../../archive/format.ts';
import { SegmentPool } from '../../archive/segments/segment-pool.ts';
import type { Config } from '../../model/config.ts';
import { freeAbandonedLock } from '../../operations/workflow/free-abandoned-lock.ts';
import { type Clock, systemClock } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Notifier } from '../../ports/notifier.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { LogNotifier } from '../log-notifier.ts';
import { SqliteCatalog } from './catalog/sqlite-catalog.ts';
import { DataFolder } from './data-folder.ts';
import { EnvSecrets } from './env-secrets.ts';
import { KeyFileVault } from './keys/key-file-vault.ts';
import { refuseEmptiedCatalog, refuseForeignKeyFile, refuseMissingCatalog } from './lost-catalog.ts';
import { requireOutside } from './outside-data-folder.ts';
import { SmtpNotifier } from './smtp-notifier.ts';
import { FolderObjectStore } from './store/folder-object-store.ts';
import { invokeFunctions } from './workflow/functions.ts';
import { LocalWorkflowEngine, readDefinitions } from './workflow/local-workflow-engine.ts';

export interface EmbeddedHost extends Host {
  readonly folder: DataFolder;
  readonly workflow: LocalWorkflowEngine;
  /** Stops what runs and lets go of the data folder. */
  close(): Promise<void>;
}

export interface EmbeddedHostOptions {
  /** The data folder. */
  data: string;
  config: Config;
  log: Logger;
  clock?: Clock;
}

const stateMachines = fileURLToPath(new URL('../../../statemachines/', import.meta.url));

/** @throws HoldfastError when the data folder is another's, damaged, or not writable. */
export const openEmbeddedHost = async ({
  data,
  config,
  log,
  clock = systemClock,
}: EmbeddedHostOptions): Promise<EmbeddedHost> => {
  const made = new AsyncDisposableStack();
  try {
    const folder = new DataFolder(data, {
      onFull: () =>
        log.error('the disk is full: the reserve in the data folder was given up; free some room', {
          folder: data,
        }),
    });
    made.defer(() => folder.close());
    refuseMissingCatalog(folder);
    const catalog = new SqliteCatalog(folder.catalogFile, {
      makeRoom: () => folder.reserve.release(),
    });
    made.defer(() => catalog.close());
    const { total: keys } = await catalog.list('key', { limit: 1 });
    if (keys === 0) refuseEmptiedCatalog(folder);
    const vault = await KeyFileVault.open(folder.keyFile, { create: keys === 0 });
    await refuseForeignKeyFile(folder, catalog, vault);
    const secrets = new EnvSecrets({ log });
    const notifiers = notifiersFor(config, secrets, log);
    for (const notifier of notifiers)
      if (notifier instanceof SmtpNotifier) made.defer(() => notifier.close());
    const objects = new FolderObjectStore({
      folder: folder.archivesFolder,
      backupPaths: config.backupPaths,
    });
    made.defer(() => objects.close());
    const own = { paths: [...folder.ownPaths, ...objects.folders], buckets: [], tables: [] };
    requireOutside(config, folder.path, own.paths);
    const pool = new SegmentPool();
    made.defer(() => pool.close());
    let closing = false;
    const workflow = new LocalWorkflowEngine({
      definitions: await readDefinitions(stateMachines),
      invoke: invokeFunctions(() => host),
      log,
      // What the status-change rule is on AWS: an execution that did not end by itself leaves no lock behind.
      onEnd: ({ status, operationId }) => {
        if (status !== 'SUCCEEDED' && !closing)
          freeAbandonedLock(host).catch((thrown: unknown) =>
            log.error('the lock of an ended execution is not free yet; the sweep tries again', {
              operationId,
              thrown,
            }),
          );
      },
    });
    const host: EmbeddedHost = {
      name: 'embedded',
      machine: hostname(),
      config,
      catalog,
      objects,
      own,
      vault,
      workflow,
      notifiers,
      secrets,
      pool,
      readers: pool,
      segmentBytes: DEFAULT_SEGMENT_BYTES,
      clock,
      log,
      folder,
      close: async () => {
        closing = true;
        await workflow.close();
        // What cannot be ended now is ended by the next start.
        await freeAbandonedLock(host, { because: 'the server was stopped while it ran' }).catch(
          (thrown: unknown) => log.error('the lock is not free yet; the next start tries again', { thrown }),
        );
        await made.disposeAsync();
      },
    };
    return host;
  } catch (thrown) {
    await made.disposeAsync();
    throw thrown;
  }
};

const notifiersFor = ({ notifications: { email } }: Config, secrets: Secrets, log: Logger): Notifier[] => {
  const notifiers: Notifier[] = [new LogNotifier(log)];
  // Each recipient is a channel: one that is refused, for now or for good, is tried again without the others.
  if (email?.smtp !== undefined)
    for (const recipient of new Set(email.to))
      notifiers.push(
        new SmtpNotifier({
          channel: `email:${recipient}`,
          smtp: email.smtp,
          to: [recipient],
          ...(email.from === undefined ? {} : { from: email.from }),
          secrets,
          log,
        }),
      );
  return notifiers;
};
