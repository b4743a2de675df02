/** Records, for whoever may see them: what belongs to a domain out of reach is answered as what is not there. */

import { allows, type Home, type Permission, reaches } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import { homesOf, isWithDomains } from '../../model/records/scope.ts';
import type { Listed, ListOptions, Versioned } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Records } from '../../ports/catalog/records.ts';
import type { Host } from '../../ports/host.ts';
import { requirePermission } from './permissions.ts';

/** The kinds of record that belong to a domain, or to the whole installation. */
export type KindWithHome =
  | 'backup'
  | 'key'
  | 'upload'
  | 'restore'
  | 'verification'
  | 'import'
  | 'reseal'
  | 'approval'
  | 'notice';

const WHOLE: readonly Home[] = [null];

/** Whom a record belongs to: whoever is to see it must reach all of these. */
export const homesOfRecord = async <K extends KindWithHome>(
  host: Host,
  record: Records[K],
): Promise<readonly Home[]> => {
  if ('scope' in record) return homesOf(record);
  if ('channels' in record) return [record.domain ?? null];
  if (isWithDomains(record)) return record.domains.length === 0 ? WHOLE : record.domains;
  if (!('backupId' in record)) return WHOLE;
  // One of 0.1.0 belongs to whom its backup belongs to, as long as that is there.
  const backup = (await host.catalog.get('backup', record.backupId))?.record;
  return backup === undefined ? WHOLE : homesOf(backup);
};

/** Whether somebody may know that it is there. */
export const isSeen = async <K extends KindWithHome>(
  host: Host,
  { grants }: Principal,
  record: Records[K],
): Promise<boolean> => (await homesOfRecord(host, record)).every((home) => reaches(grants, home));

const nouns: Partial<Record<KindWithHome, string>> = { key: 'backup key', approval: 'request for approval' };

/**
 * A record, for somebody who may do this with it.
 *
 * @throws `not_found` where it is not there, and, in the same words, where it belongs to a domain out of reach;
 * `forbidden` to whoever may see it, and not do this
 */
export const permittedRecord = async <K extends KindWithHome>(
  host: Host,
  principal: Principal,
  permission: Permission,
  kind: K,
  id: string,
): Promise<Versioned<Records[K]>> => {
  const found = await host.catalog.get(kind, id);
  if (found === undefined || !(await isSeen<K>(host, principal, found.record)))
    throw new HoldfastError('not_found', `there is no ${nouns[kind] ?? kind} with the id "${id}"`);
  for (const home of await homesOfRecord<K>(host, found.record))
    requirePermission(principal, permission, home);
  return found;
};

/**
 * A page of the records that somebody may read, and how many these are. Whoever may read all is given the catalog's own
 * page; for others the records of the kind are read through.
 */
export const listPermitted = async <K extends KindWithHome>(
  host: Host,
  { grants }: Principal,
  permission: Permission,
  kind: K,
  { skip, limit, ...options }: ListOptions & { readonly skip: number; readonly limit: number },
): Promise<Listed<Records[K]>> => {
  if (allows(grants, permission, null)) return host.catalog.list(kind, { skip, limit, ...options });
  const records: Records[K][] = [];
  for await (const record of everyRecord(host, kind, options)) {
    const homes = await homesOfRecord<K>(host, record);
    if (homes.every((home) => allows(grants, permission, home))) records.push(record);
  }
  return { total: records.length, records: records.slice(skip, skip + limit) };
};
