/** The domains of an installation: those of the configuration, and those that were made over the API. */

import { domainsOf, reaches } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import { ROOT_DOMAIN } from '../../model/records/scope.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';

/** Whether the domain is in the configuration, or is the one that always exists. */
export const isConfigured = ({ config }: Pick<Host, 'config'>, name: string): boolean =>
  name === ROOT_DOMAIN || config.domains.includes(name);

/** Whether there is a domain of this name. */
export const isDomain = async (host: Host, name: string): Promise<boolean> =>
  isConfigured(host, name) || (await host.catalog.get('domain', name)) !== undefined;

/** The names of all domains that the principal reaches, sorted. */
export const reachedDomains = async (host: Host, { grants }: Principal): Promise<string[]> => {
  const names = new Set([ROOT_DOMAIN, ...host.config.domains]);
  for await (const { name } of everyRecord(host, 'domain')) names.add(name);
  return [...names].filter((name) => reaches(grants, name)).sort();
};

/** @throws `invalid_request` when the domain is out of reach or does not exist */
export const assertDomain = async (host: Host, principal: Principal, name: string): Promise<void> => {
  if (reaches(principal.grants, name) && (await isDomain(host, name))) return;
  const reached = await reachedDomains(host, principal);
  throw new HoldfastError(
    'invalid_request',
    `there is no domain "${name}"; the domains are: ${reached.join(', ')}`,
  );
};

/**
 * The domain that is meant when none is named: the only one that the principal has rights in; null: the whole
 * installation.
 */
export const ownDomain = ({ grants }: Principal): string | null => {
  const [first, second] = domainsOf(grants) ?? [];
  return first === undefined || second !== undefined ? null : first;
};
