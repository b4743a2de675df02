import { assertInReach } from '../../components/reach.ts';
import { allows } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import type { ComponentSettings } from '../../model/components/component-table.ts';
import { mailDomainOf } from '../../model/config/email-address.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { BackupKeyRecord } from '../../model/records/keys.ts';
import { homeOf, ROOT_DOMAIN } from '../../model/records/scope.ts';
import type { CreateBackupRequest } from '../../model/requests/backups.ts';
import { put, type Versioned } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { assertDomain, ownDomain } from '../access/known-domains.ts';
import { requirePermission } from '../access/permissions.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import { type PreparedStart, type StartOptions, startOnce } from '../engine/start-once.ts';
import { keepKey, keyForBackup } from '../keys/backup-keys.ts';
import { makeArchiveKey, type SealWith } from '../keys/sealed-archive-key.ts';
import { archiveObject } from '../stored/archive-source.ts';
import { findKeptLog, mayTakeLog } from '../stored/log-file-owner.ts';
import { newBackupRecord } from './new-backup-record.ts';
import { refuseKeptFile } from './place-archive.ts';

export interface RequestBackupOptions extends StartOptions {
  /** The schedule that asks, when one does. */
  readonly scheduleId?: string | undefined;
}

/**
 * Begins a backup: everything that can be refused is refused here, before the lock is taken. A passphrase seals the
 * archive key here, and goes no further.
 *
 * @throws `backups_disabled`, `invalid_request`, `place_not_allowed`, `place_unwritable`, `file_exists`, `backup_held`,
 * `not_found` (key), `operation_running`, `idempotency_conflict`
 */
export const requestBackup = async (
  host: OperatingHost,
  principal: Principal,
  request: CreateBackupRequest,
  { scheduleId, ...options }: RequestBackupOptions = {},
): Promise<BackupRecord> => {
  if (!host.config.backups)
    throw new HoldfastError(
      'backups_disabled',
      'backups are switched off in holdfast.config.json ("backups": false)',
    );
  return startOnce(host, 'backup', { ...options, principal, request }, () =>
    prepareBackup(host, principal, request, scheduleId),
  );
};

const prepareBackup = async (
  host: Host,
  principal: Principal,
  request: CreateBackupRequest,
  scheduleId: string | undefined,
): Promise<PreparedStart<'backup'>> => {
  const { domain, components } = await checkChoice(host, principal, request);
  if (request.notify !== undefined) assertMayBeTold(host, request.notify);
  for (const component of components) assertInReach(host, component);
  const record = newBackupRecord(host, principal, request, {
    domain,
    components,
    scheduleId,
  });
  await assertNameFree(host, record);
  if (record.overwrite) await refuseKeptFile(host, record);
  if (record.logFileName !== '') await assertLogNameFree(host, record);
  await host.objects.assertWritable(archiveObject(host, record));

  const key = namesNoKey(request)
    ? undefined
    : await keyForBackup(host, { keyId: request.keyId, scope: request.scope, domain, principal });
  const archiveKey = await makeArchiveKey(host, record.id, sealWith(request, key), {
    readBack: record.verification === 'deep',
  });
  return {
    record: { ...record, encryption: archiveKey.encryption, archiveKey: archiveKey.recipient },
    backupId: record.id,
    beside: [put('sealedKey', archiveKey.sealed, 'absent'), ...(key === undefined ? [] : [keepKey(key)])],
  };
};

/** Mail goes only to addresses that the configuration allows: a token must not be a way to send mail to anybody. */
const assertMayBeTold = ({ config, mailTo }: Host, address: string): void => {
  const { requesterDomains } = config.notifications;
  if (mailTo === undefined)
    throw new HoldfastError(
      'invalid_request',
      'notify: this installation sends no mail; leave it out, or configure notifications.email',
    );
  if (requesterDomains.some((domain) => domain.toLowerCase() === mailDomainOf(address))) return;
  throw new HoldfastError(
    'invalid_request',
    `notify: ${address} is not in a domain that is allowed: notifications.requesterDomains has ${requesterDomains.join(', ') || 'none'}`,
  );
};

/**
 * What a request would back up, as its principal may ask.
 *
 * @throws `forbidden`; `invalid_request` for a domain or a component that does not exist
 */
export const checkChoice = async (
  host: Host,
  principal: Principal,
  request: CreateBackupRequest,
): Promise<{ domain: string; components: ComponentSettings[] }> => {
  const domain = await domainOf(host, principal, request);
  requirePermission(principal, 'backup.create', homeOf({ scope: request.scope, domain }));
  if (!allows(principal.grants, 'backup.create', null)) refuseChosenNames(principal, request);
  return { domain, components: chosenComponents(host, request, domain) };
};

/** All domains share one list of file names: a caller who could choose names could find out those of another domain. */
const refuseChosenNames = (
  { name }: Principal,
  { fileName, logFileName, backupPath, overwrite }: CreateBackupRequest,
): void => {
  if ([fileName, logFileName, backupPath].every((one) => one === undefined) && !overwrite) return;
  throw new HoldfastError(
    'forbidden',
    `${name} has rights only in a domain, and may not choose the names or places of files; leave out fileName, logFileName, backupPath and overwrite`,
  );
};

const domainOf = async (
  host: Host,
  principal: Principal,
  { scope, domain }: CreateBackupRequest,
): Promise<string> => {
  if (scope === 'system') {
    if (domain !== undefined && domain !== ROOT_DOMAIN)
      throw new HoldfastError(
        'invalid_request',
        'a backup of scope system has no domain; leave it out, or choose scope domain',
      );
    return ROOT_DOMAIN;
  }
  const chosen = domain ?? ownDomain(principal) ?? ROOT_DOMAIN;
  await assertDomain(host, principal, chosen);
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
    `a file named "${record.fileName}" already exists; choose another name (--file-name), or replace it (--overwrite; "overwrite" in the API)`,
  );
};

const assertLogNameFree = async (host: Host, record: BackupRecord): Promise<void> => {
  const there = await findKeptLog(host, record);
  if (there === undefined || (await mayTakeLog(host, there, record))) return;
  throw new HoldfastError(
    'file_exists',
    `a file named "${record.logFileName}" already exists, ${there.owner === undefined ? 'and is not a log' : `the log of ${there.owner}`}; choose another logFileName: a log never replaces it`,
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
