/** Records for callers who may see them: a record of a domain out of reach is answered like one that does not exist. */

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

/** The homes of a record: a principal must reach all of them to see it. */
export const homesOfRecord = async <K extends KindWithHome>(
  host: Host,
  record: Records[K],
): Promise<readonly Home[]> => {
  if ('scope' in record) return homesOf(record);
  if ('channels' in record) return [record.domain ?? null];
  if (isWithDomains(record)) return record.domains.length === 0 ? WHOLE : record.domains;
  if (!('backupId' in record)) return WHOLE;
  // A record of 0.1.0 belongs to the home of its backup, as long as that exists.
  const backup = (await host.catalog.get('backup', record.backupId))?.record;
  return backup === undefined ? WHOLE : homesOf(backup);
};

/** Whether a principal may know that the record exists. */
export const isSeen = async <K extends KindWithHome>(
  host: Host,
  { grants }: Principal,
  record: Records[K],
): Promise<boolean> => (await homesOfRecord(host, record)).every((home) => reaches(grants, home));

const nouns: Partial<Record<KindWithHome, string>> = { key: 'backup key', approval: 'request for approval' };

/**
 * A record, for a principal who has this permission on it.
 *
 * @throws `not_found` when it does not exist and, in the same words, when it belongs to a domain out of reach;
 * `forbidden` when the principal may see it, but not do this
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
 * A page of the records that a principal may read, and how many these are. A principal who may read all gets the
 * catalog's own page; for others all records of the kind are read.
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
