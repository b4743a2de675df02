/** The embedded host: every port on this machine, in this process. */
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { configuredChannels } from '../../adapters/any/channels/configured-channels.ts';
import { askIssuer } from '../../adapters/any/channels/issuer-requests.ts';
import { LogNotifier } from '../../adapters/any/log-notifier.ts';
import { HeardCommits } from '../../adapters/local/catalog/heard-commits.ts';
import { SqliteCatalog } from '../../adapters/local/catalog/sqlite-catalog.ts';
import { DataFolder } from '../../adapters/local/data-folder.ts';
import { EnvSecrets } from '../../adapters/local/env-secrets.ts';
import { KeyFileVault } from '../../adapters/local/keys/key-file-vault.ts';
import { LocalTimers } from '../../adapters/local/local-timers.ts';
import {
  refuseEmptiedCatalog,
  refuseForeignKeyFile,
  refuseMissingCatalog,
} from '../../adapters/local/lost-catalog.ts';
import { requireOutside } from '../../adapters/local/outside-data-folder.ts';
import { SmtpNotifier } from '../../adapters/local/smtp-notifier.ts';
import { FolderObjectStore } from '../../adapters/local/store/folder-object-store.ts';
import { DEFAULT_SEGMENT_BYTES } from '../../archive/format.ts';
import { SegmentPool } from '../../archive/threads/segment-pool.ts';
import type { Config } from '../../model/config/config.ts';
import { freeAbandonedLock } from '../../operations/engine/free-abandoned-lock.ts';
import type { OperatingHost } from '../../operations/engine/kind-of-operation.ts';
import { withOperations } from '../../operations/kinds.ts';
import { type Clock, systemClock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Notifier } from '../../ports/notifier.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { invokeFunctions } from './workflow/functions.ts';
import { LocalWorkflowEngine, readDefinitions } from './workflow/local-workflow-engine.ts';

export interface EmbeddedHost extends OperatingHost {
  readonly folder: DataFolder;
  readonly workflow: LocalWorkflowEngine;
  /** Set by the courier that tells notices in the background. */
  hasten?: () => void;
  readonly timers: LocalTimers;
  /** Stops what runs and releases the data folder. */
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

/** @throws HoldfastError when another process uses the data folder, or it is damaged or not writable */
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
    const changes = new HeardCommits();
    const catalog = new SqliteCatalog(folder.catalogFile, {
      makeRoom: () => folder.reserve.release(),
      onCommit: (committed, options) => changes.note(committed, options),
    });
    made.defer(() => catalog.close());
    const { total: keys } = await catalog.list('key', { limit: 1 });
    if (keys === 0) refuseEmptiedCatalog(folder);
    const vault = await KeyFileVault.open(folder.keyFile, { create: keys === 0 });
    await refuseForeignKeyFile(folder, catalog, vault);
    const secrets = new EnvSecrets({ log });
    const mailTo = keptMailers(mailFor(config, secrets, log), (mailer) => made.defer(() => mailer.close()));
    const configured = configuredChannels(config, { secrets, clock });
    const notifiers: Notifier[] = [
      new LogNotifier(log),
      ...[...new Set(config.notifications.email?.to)].flatMap((address) => mailTo?.(address) ?? []),
      ...configured.notifiers,
    ];
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
      // As the status-change rule on AWS: an execution that did not end by itself leaves no lock behind.
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
    const host: EmbeddedHost = withOperations({
      name: 'embedded' as const,
      machine: hostname(),
      config,
      catalog,
      changes,
      objects,
      own,
      vault,
      workflow,
      timers: new LocalTimers(),
      notifiers,
      pingAt: configured.pingAt,
      ...(mailTo !== undefined && { mailTo }),
      secrets,
      askIssuer,
      pool,
      readers: pool,
      segmentBytes: DEFAULT_SEGMENT_BYTES,
      verifyBytes: Number.POSITIVE_INFINITY,
      clock,
      log,
      folder,
      close: async () => {
        closing = true;
        await workflow.close();
        // An operation that cannot be ended now is ended by the next start.
        await freeAbandonedLock(host, { because: 'the server was stopped while it ran' }).catch(
          (thrown: unknown) => log.error('the lock is not free yet; the next start tries again', { thrown }),
        );
        await made.disposeAsync();
      },
    });
    return host;
  } catch (thrown) {
    await made.disposeAsync();
    throw thrown;
  }
};

/**
 * Mail to one person. Each recipient is a channel: after a refusal, mail to this one is tried again without the others.
 */
const mailFor = (
  { notifications: { email, baseUrl } }: Config,
  secrets: Secrets,
  log: Logger,
): ((address: string) => SmtpNotifier) | undefined => {
  const smtp = email?.smtp;
  if (smtp === undefined) return undefined;
  const from = email?.from === undefined ? {} : { from: email.from };
  return (address) =>
    new SmtpNotifier({ channel: `email:${address}`, smtp, to: [address], ...from, baseUrl, secrets, log });
};

/** One connection for each address is kept as long as the host is open. */
const keptMailers = (
  make: ((address: string) => SmtpNotifier) | undefined,
  onMade: (mailer: SmtpNotifier) => void,
): ((address: string) => SmtpNotifier) | undefined => {
  if (make === undefined) return undefined;
  const kept = new Map<string, SmtpNotifier>();
  return (address) => {
    const known = kept.get(address);
    if (known !== undefined) return known;
    const mailer = make(address);
    kept.set(address, mailer);
    onMade(mailer);
    return mailer;
  };
};
