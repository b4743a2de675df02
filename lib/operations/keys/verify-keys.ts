/** Whose signatures are trusted here: this installation's own, and those that were imported. */
import { createHash } from 'node:crypto';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { VerifyKeyRecord } from '../../model/records/keys.ts';
import type { ImportVerifyKeyRequest } from '../../model/requests/keys.ts';
import type { Page } from '../../model/requests/page.ts';
import { put } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { requirePermission } from '../access/permissions.ts';
import { tellTrust } from './tell-key.ts';

/** SHA-256, hex, of a raw public key that is given in base64: its id, and a fingerprint people can compare. */
export const verifyKeyId = (publicKey: string): string =>
  createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex');

export const newVerifyKey = (
  host: Host,
  principal: Principal,
  { installation, publicKey }: ImportVerifyKeyRequest,
): VerifyKeyRecord => ({
  id: verifyKeyId(publicKey),
  installation,
  publicKey,
  own: false,
  addedAt: timestamp(host.clock),
  addedBy: principal.name,
});

/** The oldest first: the installation's own. */
export const listVerifyKeys = async (
  host: Host,
  page: { skip: number; limit: number },
): Promise<Page<VerifyKeyRecord>> => {
  const { total, records } = await host.catalog.list('verifyKey', page);
  return { ...page, total, resources: records };
};

/** Trusts an installation's archives from now on. A key that is trusted already is returned unchanged. */
export const importVerifyKey = async (
  host: Host,
  principal: Principal,
  request: ImportVerifyKeyRequest,
): Promise<VerifyKeyRecord> => {
  requirePermission(principal, 'key.write', null);
  const record = newVerifyKey(host, principal, request);
  const known = await host.catalog.get('verifyKey', record.id);
  if (known !== undefined) return known.record;
  await host.catalog.commit([
    put('verifyKey', record, 'absent'),
    tellTrust.ofInstallation(host, record, principal),
  ]);
  host.log.info('a verify key was imported', { id: record.id, installation: record.installation });
  return record;
};

/**
 * Removes a verify key: its archives are refused from now on, unless they are trusted one by one. @throws `not_found`,
 * `conflict` for the own key
 */
export const deleteVerifyKey = async (host: Host, principal: Principal, id: string): Promise<void> => {
  requirePermission(principal, 'key.delete', null);
  const known = await host.catalog.get('verifyKey', id);
  if (known === undefined) throw new HoldfastError('not_found', `there is no verify key with the id "${id}"`);
  if (known.record.own)
    throw new HoldfastError(
      'conflict',
      'this is the verify key of the installation itself: without it no backup made here could be restored, so it cannot be deleted',
    );
  await host.catalog.commit([{ remove: 'verifyKey', id }]);
};
