import { createHash } from 'node:crypto';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import { homesOf } from '../../model/records/scope.ts';
import type { DeleteKeyRequest } from '../../model/requests/keys.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { permittedRecord } from '../access/permitted.ts';
import type { ApprovalChoice } from '../approval/proposed.ts';
import { requireApproval } from '../approval/require-approval.ts';
import { tellKey } from './tell-key.ts';

/** Backups that a problem document names at most; `total` counts them all. */
const NAMED = 1000;

/**
 * Deletes a key. The backups sealed to it then open nowhere, unless somebody kept a key file. So the deletion is
 * refused if there are any, unless it is forced and the request repeats all their ids, or the digest of all.
 *
 * @throws `not_found`; `conflict` for a default key; `key_in_use` with `details.backups`, `details.total` and
 * `details.digest`
 */
export const deleteKey = async (
  host: Host,
  principal: Principal,
  id: string,
  { force, backups: repeated, digest }: DeleteKeyRequest,
  choice: ApprovalChoice = {},
): Promise<void> => {
  const { record, version } = await permittedRecord(host, principal, 'key.delete', 'key', id);
  if (record.isDefault)
    throw new HoldfastError(
      'conflict',
      `backup key ${id} is the default of its scope; make another one the default first: holdfast key default ID`,
    );
  const backups = await backupsOf(host, id);
  const meant = digest === undefined ? sameIds(backups, repeated) : digest === digestOf(backups);
  if (backups.length > 0 && !(force && meant)) throw keyInUse(id, backups, force);
  const { changes } = await requireApproval(
    host,
    principal,
    {
      facts: {
        action: 'key.delete',
        keyId: id,
        recipient: record.recipient,
        lostBackups: backups.length,
        lostDigest: digestOf(backups),
      },
      subject: `keys/${id}`,
      homes: homesOf(record),
    },
    choice,
  );
  // A request that seals something to the key meanwhile raises its version, and this fails.
  const told = tellKey.deleted(host, record, principal, backups.length);
  await host.catalog.commit([{ remove: 'key', id, expect: version }, told, ...changes]);
  host.log.warn('a backup key was deleted', { keyId: id, by: principal.name, lostBackups: backups.length });
};

/** Ids of the backups that open with this key, including those that are being made, sorted. */
const backupsOf = async (host: Host, keyId: string): Promise<string[]> => {
  const ids = new Set<string>();
  for await (const backup of everyRecord(host, 'backup'))
    if (hasArchive(backup) && backup.encryption.mode === 'key' && backup.encryption.keyId === keyId)
      ids.add(backup.id);
  const { holder } = await host.catalog.lock();
  if (holder?.kind === 'reseal') {
    const reseal = (await host.catalog.get('reseal', holder.id))?.record;
    if (reseal?.keyId === keyId) ids.add(reseal.backupId);
  }
  if (holder?.kind === 'import') {
    const sealedTo = (await host.catalog.get('import', holder.id))?.record.keyId;
    if (sealedTo === keyId) ids.add(holder.backupId);
  }
  return [...ids].sort();
};

/** Whether the backup has an archive, or is being made. */
const hasArchive = ({ state, replacedBy }: BackupRecord): boolean =>
  state !== 'FAILED' && state !== 'CANCELLED' && replacedBy === undefined;

const sameIds = (ids: readonly string[], repeated: readonly string[]): boolean => {
  const said = new Set(repeated);
  return said.size === ids.length && ids.every((id) => said.has(id));
};

/** A digest that names the backups, however many. */
const digestOf = (ids: readonly string[]): string =>
  createHash('sha256')
    .update(ids.map((id) => `${id}\n`).join(''))
    .digest('hex');

const keyInUse = (id: string, backups: readonly string[], force: boolean): HoldfastError =>
  new HoldfastError(
    'key_in_use',
    `backup key ${id} still opens ${backups.length} ${backups.length === 1 ? 'backup' : 'backups'}: ${backups.slice(0, 10).join(', ')}${backups.length > 10 ? ', …' : ''}; ` +
      (force
        ? `to force the deletion, give the id of every one of them and no other, or their digest ${digestOf(backups)}`
        : 're-seal or delete them first; or force the deletion with their ids or their digest, and lose them'),
    { details: { backups: backups.slice(0, NAMED), total: backups.length, digest: digestOf(backups) } },
  );
