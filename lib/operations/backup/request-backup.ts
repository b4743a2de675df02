import { assertInReach } from '../../components/reach.ts';
import type { ComponentSettings } from '../../model/config.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { Principal } from '../../model/principal.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { BackupKeyRecord } from '../../model/records/keys.ts';
import { ROOT_DOMAIN } from '../../model/records/scope.ts';
import type { CreateBackupRequest } from '../../model/requests.ts';
import { put, type Versioned } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { archiveObject } from '../archives/archive-source.ts';
import { findKeptLog, mayTakeLog } from '../archives/kept-log.ts';
import { makeArchiveKey, type SealWith } from '../keys/archive-key.ts';
import { keepKey, keyForBackup } from '../keys/backup-keys.ts';
import { getRecord } from '../workflow/operation-record.ts';
import { earlierStart, type Idempotency, startOperation } from '../workflow/start-operation.ts';
import { newBackupRecord } from './new-backup-record.ts';

export interface RequestBackupOptions {
  idempotencyKey?: string | undefined;
  /** The schedule that asks, when one does. */
  scheduleId?: string | undefined;
}

/**
 * Begins a backup: everything that can be refused is refused here, before the lock is taken. A passphrase ends
 * here: the archive key is sealed under it and it goes no further.
 *
 * @throws `backups_disabled`, `invalid_request`, `place_not_allowed`, `place_unwritable`, `file_exists`,
 * `not_found` (key), `operation_running`, `idempotency_conflict`
 */
export const requestBackup = async (
  host: Host,
  principal: Principal,
  request: CreateBackupRequest,
  { idempotencyKey, scheduleId }: RequestBackupOptions = {},
): Promise<BackupRecord> => {
  if (!host.config.backups)
    throw new HoldfastError(
      'backups_disabled',
      'backups are switched off in holdfast.config.json ("backups": false)',
    );
  const idempotency: Idempotency | undefined =
    idempotencyKey === undefined ? undefined : { key: idempotencyKey, principal: principal.name, request };
  const earlier = await earlierStart(host, idempotency);
  if (earlier !== undefined) return getRecord(host, 'backup', earlier);

  const domain = domainOf(host, request);
  const components = chosenComponents(host, request, domain);
  for (const component of components) assertInReach(host, component);
  const record = newBackupRecord(host, principal, request, {
    domain,
    components,
    scheduleId,
  });
  await assertNameFree(host, record);
  if (record.logFileName !== '') await assertLogNameFree(host, record);
  await host.objects.assertWritable(archiveObject(host, record));

  const key = namesNoKey(request)
    ? undefined
    : await keyForBackup(host, { keyId: request.keyId, scope: request.scope, domain });
  const archiveKey = await makeArchiveKey(host, record.id, sealWith(request, key));
  const sealed = { ...record, encryption: archiveKey.encryption, archiveKey: archiveKey.recipient };
  const started = await startOperation(host, {
    operation: { id: record.id, kind: 'backup', backupId: record.id, startedAt: record.createdAt },
    changes: [
      put('backup', sealed, 'absent'),
      put('sealedKey', archiveKey.sealed, 'absent'),
      ...(key === undefined ? [] : [keepKey(key)]),
    ],
    idempotency,
  });
  return started === record.id ? sealed : getRecord(host, 'backup', started);
};

const domainOf = (host: Host, { scope, domain }: CreateBackupRequest): string => {
  if (scope === 'system') {
    if (domain !== undefined && domain !== ROOT_DOMAIN)
      throw new HoldfastError(
        'invalid_request',
        'a backup of scope system has no domain; leave it out, or ask for scope domain',
      );
    return ROOT_DOMAIN;
  }
  const chosen = domain ?? ROOT_DOMAIN;
  if (!host.config.domains.includes(chosen))
    throw new HoldfastError(
      'invalid_request',
      `there is no domain "${chosen}"; the domains are: ${host.config.domains.join(', ')}`,
    );
  return chosen;
};

const chosenComponents = (host: Host, request: CreateBackupRequest, domain: string): ComponentSettings[] => {
  if (request.filters.length > 0)
    throw new HoldfastError(
      'invalid_request',
      'filters: no component of this installation has resources that can be filtered',
    );
  const inScope = host.config.components.filter(
    (settings) => request.scope === 'system' || settings.domain === domain,
  );
  if (inScope.length === 0)
    throw new HoldfastError(
      'invalid_request',
      'there is nothing to back up: holdfast.config.json lists no components of this scope; add some and start again',
    );
  if (request.components === undefined) return inScope;
  const byId = new Map(inScope.map((settings) => [settings.id, settings]));
  return [...new Set(request.components)].map((id) => {
    const settings = byId.get(id);
    if (settings === undefined)
      throw new HoldfastError(
        'invalid_request',
        `there is no component "${id}" in this scope; the components are: ${[...byId.keys()].join(', ')}`,
      );
    return settings;
  });
};

const assertNameFree = async (host: Host, record: BackupRecord): Promise<void> => {
  if (record.overwrite || (await host.objects.stat(archiveObject(host, record))) === undefined) return;
  throw new HoldfastError(
    'file_exists',
    `a file named "${record.fileName}" is already there; choose another name (--file-name), or have it replaced (--overwrite; "overwrite" in the API)`,
  );
};

const assertLogNameFree = async (host: Host, record: BackupRecord): Promise<void> => {
  const there = await findKeptLog(host, record);
  if (there === undefined || (await mayTakeLog(host, there, record))) return;
  throw new HoldfastError(
    'file_exists',
    `a file named "${record.logFileName}" is already there, ${there.owner === undefined ? 'and is no log' : `the log of ${there.owner}`}; choose another logFileName: a log is never written over it`,
  );
};

const namesNoKey = ({ passphrase, tiedToHsm }: CreateBackupRequest): boolean =>
  passphrase !== undefined || tiedToHsm;

const sealWith = (
  { passphrase }: CreateBackupRequest,
  key: Versioned<BackupKeyRecord> | undefined,
): SealWith => {
  if (passphrase !== undefined) return { mode: 'passphrase', passphrase };
  return key === undefined ? { mode: 'hsm' } : { mode: 'key', key: key.record };
};
