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
  clock = systemClock,
  ...options
}: EmbeddedHostOptions): Promise<EmbeddedHost> => {
  const made = new AsyncDisposableStack();
  try {
    return await openedHost({ ...options, clock }, made);
  } catch (thrown) {
    await made.disposeAsync();
    throw thrown;
  }
};

/** @param made gets what is opened, and closes it in reverse order */
const openedHost = async (
  { data, config, log, clock }: Required<EmbeddedHostOptions>,
  made: AsyncDisposableStack,
): Promise<EmbeddedHost> => {
  const folder = openFolder(data, log, made);
  const { catalog, changes } = openCatalog(folder, made);
  const vault = await openVault(folder, catalog);
  const secrets = new EnvSecrets({ log });
  const channels = channelsOf(config, { secrets, clock, log }, made);
  const objects = openArchives(folder, config, made);
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
      if (status !== 'SUCCEEDED' && !closing) freeLockOfEnded(host, operationId);
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
    ...channels,
    secrets,
    askIssuer,
    pool,
    readers: pool,
    segmentBytes: DEFAULT_SEGMENT_BYTES,
    verifyBytes: Number.POSITIVE_INFINITY,
    restoreBytes: Number.POSITIVE_INFINITY,
    clock,
    log,
    folder,
    close: async () => {
      closing = true;
      await workflow.close();
      await endWhatRan(host);
      await made.disposeAsync();
    },
  });
  return host;
};

const openFolder = (data: string, log: Logger, made: AsyncDisposableStack): DataFolder => {
  const folder = new DataFolder(data, {
    onFull: () =>
      log.error('the disk is full: the reserve in the data folder was deleted; free some space', {
        folder: data,
      }),
  });
  made.defer(() => folder.close());
  return folder;
};

const openCatalog = (
  folder: DataFolder,
  made: AsyncDisposableStack,
): { readonly catalog: SqliteCatalog; readonly changes: HeardCommits } => {
  refuseMissingCatalog(folder);
  const changes = new HeardCommits();
  const catalog = new SqliteCatalog(folder.catalogFile, {
    makeRoom: () => folder.reserve.release(),
    onCommit: (committed, options) => changes.note(committed, options),
  });
  made.defer(() => catalog.close());
  return { catalog, changes };
};

/** Makes the key file for a catalog without keys, and refuses one that is not of this catalog. */
const openVault = async (folder: DataFolder, catalog: SqliteCatalog): Promise<KeyFileVault> => {
  const { total: keys } = await catalog.list('key', { limit: 1 });
  if (keys === 0) refuseEmptiedCatalog(folder);
  const vault = await KeyFileVault.open(folder.keyFile, { create: keys === 0 });
  await refuseForeignKeyFile(folder, catalog, vault);
  return vault;
};

const openArchives = (
  folder: DataFolder,
  { backupPaths }: Config,
  made: AsyncDisposableStack,
): FolderObjectStore => {
  const objects = new FolderObjectStore({ folder: folder.archivesFolder, backupPaths });
  made.defer(() => objects.close());
  return objects;
};

const freeLockOfEnded = (host: OperatingHost, operationId: string): void => {
  freeAbandonedLock(host).catch((thrown: unknown) =>
    host.log.error('the lock of an ended execution is not released yet; the sweep tries again', {
      operationId,
      thrown,
    }),
  );
};

/** An operation that cannot be ended now is ended by the next start. */
const endWhatRan = async (host: OperatingHost): Promise<void> => {
  await freeAbandonedLock(host, { because: 'the server was stopped while it ran' }).catch((thrown: unknown) =>
    host.log.error('the lock is not released yet; the next start tries again', { thrown }),
  );
};

/** Who is told how operations end, by all channels of this host. */
const channelsOf = (
  config: Config,
  { secrets, clock, log }: Pick<EmbeddedHost, 'secrets' | 'clock' | 'log'>,
  made: AsyncDisposableStack,
): Pick<EmbeddedHost, 'notifiers' | 'mailTo' | 'pingAt'> => {
  const mailTo = keptMailers(mailFor(config, secrets, log), (mailer) => made.defer(() => mailer.close()));
  const { notifiers, pingAt } = configuredChannels(config, { secrets, clock });
  const addresses = [...new Set(config.notifications.email?.to)];
  return {
    notifiers: [
      new LogNotifier(log),
      ...addresses.flatMap((address) => mailTo?.(address) ?? []),
      ...notifiers,
    ],
    pingAt,
    ...(mailTo !== undefined && { mailTo }),
  };
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
