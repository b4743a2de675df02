/** Domains over the API: made with a key of their own, listed, and removed when nothing is left of them. */

import { allows } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { DomainRecord, DomainView } from '../../model/records/access.ts';
import { homeOf } from '../../model/records/scope.ts';
import type { Page } from '../../model/requests/page.ts';
import { type Change, put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { tokenGroup } from '../../ports/catalog/placement.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { isConfigured, isDomain, reachedDomains } from '../access/known-domains.ts';
import { requirePermission } from '../access/permissions.ts';
import { isApprovalWanted } from '../approval/require-approval.ts';
import { ensureDefaultKey, keysOf } from './backup-keys.ts';

const viewDomain = ({ config }: Host, name: string, record: DomainRecord | undefined): DomainView => ({
  name,
  source: isConfigured({ config }, name) ? 'configuration' : 'api',
  components: config.components.filter(({ domain }) => domain === name).map(({ id }) => id),
  createdAt: record?.createdAt ?? null,
  createdBy: record?.createdBy ?? null,
});

const view = async (host: Host, name: string): Promise<DomainView> =>
  viewDomain(host, name, (await host.catalog.get('domain', name))?.record);

/** Makes a domain, and its default backup key. @throws `forbidden`; `conflict` when there is one of this name */
export const createDomain = async (host: Host, principal: Principal, name: string): Promise<DomainView> => {
  requirePermission(principal, 'domain.write', null);
  if (await isDomain(host, name)) throw new HoldfastError('conflict', `the domain "${name}" already exists`);
  const record: DomainRecord = { name, createdAt: timestamp(host.clock), createdBy: principal.name };
  await host.catalog.commit([put('domain', record, 'absent')]);
  // If the process ends here, the domain has no key: its first backup says how to make one.
  await ensureDefaultKey(host, { scope: 'domain', domain: name, createdBy: principal.name });
  host.log.info('a domain was created', { domain: name, by: principal.name });
  return viewDomain(host, name, record);
};

/** The domains that the principal may read, by name. */
export const listDomains = async (
  host: Host,
  principal: Principal,
  { skip, limit }: { skip: number; limit: number },
): Promise<Page<DomainView>> => {
  const names = (await reachedDomains(host, principal)).filter((name) =>
    allows(principal.grants, 'domain.read', name),
  );
  const shown = names.slice(skip, skip + limit);
  return {
    skip,
    limit,
    total: names.length,
    resources: await Promise.all(shown.map((name) => view(host, name))),
  };
};

/** @throws `not_found` when the domain is out of reach or does not exist */
export const showDomain = async (host: Host, principal: Principal, name: string): Promise<DomainView> => {
  if (!allows(principal.grants, 'domain.read', name) || !(await isDomain(host, name)))
    throw new HoldfastError('not_found', `there is no domain "${name}"`);
  return view(host, name);
};

/** Keys that one transaction can remove with their domain; everything else in it must be removed before. */
const MOST_KEYS = 20;

/**
 * Removes a domain that has nothing left but its keys; the keys are removed with it when the request says so.
 *
 * @throws `not_found`, `forbidden`; `conflict` when the configuration has the domain, or something is left in it
 */
export const deleteDomain = async (
  host: Host,
  principal: Principal,
  name: string,
  { deleteKeys }: { deleteKeys: boolean },
): Promise<void> => {
  requirePermission(principal, 'domain.write', null);
  if (isConfigured(host, name))
    throw new HoldfastError('conflict', `domain "${name}" is in the configuration; take it out there`);
  const found = await host.catalog.get('domain', name);
  if (found === undefined) throw new HoldfastError('not_found', `there is no domain "${name}"`);
  await requireEmpty(host, name);
  const keys = await keysOf(host, 'domain', name);
  if (keys.length > (deleteKeys ? MOST_KEYS : 0))
    throw new HoldfastError(
      'conflict',
      `domain "${name}" has ${keys.length} backup keys: ${keys
        .slice(0, 5)
        .map(({ id }) => id)
        .join(', ')}${keys.length > 5 ? ', …' : ''}; download those that archives elsewhere may need, then ${
        deleteKeys ? 'delete most of them' : 'delete them with the domain (--delete-keys)'
      }`,
    );
  if (keys.length > 0 && isApprovalWanted(host, 'key.delete'))
    throw new HoldfastError(
      'approval_required',
      `domain "${name}" has ${keys.length} backup keys, and the deletion of each key needs approval ("approval.actions" has key.delete): delete the keys one by one first`,
      { details: { approval: null } },
    );
  const changes: Change[] = [{ remove: 'domain', id: name, expect: found.version }];
  for (const { id } of keys) {
    const key = await host.catalog.get('key', id);
    // A request that seals something to the key meanwhile raises its version, and this fails.
    if (key !== undefined) changes.push({ remove: 'key', id, expect: key.version });
  }
  await host.catalog.commit(changes);
  host.log.warn('a domain was deleted', { domain: name, keys: keys.length, by: principal.name });
};

/** @throws `conflict` */
const requireEmpty = async (host: Host, name: string): Promise<void> => {
  const left = async (): Promise<string | undefined> => {
    for await (const backup of everyRecord(host, 'backup'))
      if (homeOf(backup) === name) return `the backup ${backup.id}`;
    for await (const upload of everyRecord(host, 'upload'))
      if (upload.domains?.includes(name)) return `the upload ${upload.id}`;
    const tokens = await host.catalog.list('token', { group: tokenGroup(name), limit: 1 });
    if (tokens.records[0] !== undefined) return `the token ${tokens.records[0].id}`;
    // People of the whole installation may have roles in the domain, too: these would apply to a later domain of the
    // same name.
    for await (const { id, domain, grants } of everyRecord(host, 'person'))
      if (domain === name || grants.some((one) => one.domain === name)) return `the person ${id}`;
    return undefined;
  };
  const what = await left();
  if (what !== undefined)
    throw new HoldfastError('conflict', `domain "${name}" is not empty: it has ${what}; delete that first`);
};
