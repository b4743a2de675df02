/**
 * All domains share one list of schedule ids, and yet nobody may learn from a taken id what another domain has. So a
 * principal with rights in domains only gives a schedule an id that begins with the name of its domain, and no schedule
 * of another home gets such an id.
 */
import { createHash } from 'node:crypto';
import { allows } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import { homeOf, ROOT_DOMAIN, type Scope } from '../../model/records/scope.ts';
import type { Host } from '../../ports/host.ts';
import { reachedDomains } from '../access/known-domains.ts';

const PLAIN = /^[a-z0-9][a-z0-9-]{0,30}$/;

/** The beginning of a domain's ids, such as `north_`. No id can begin with the names of two domains. */
export const idPrefixOf = (domain: string): string => {
  if (PLAIN.test(domain)) return `${domain}_`;
  const letters = domain.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const hash = createHash('sha256').update(domain).digest('hex').slice(0, 8);
  return `d${letters.slice(0, 20)}-${hash}_`;
};

/** @throws `invalid_request`, before the id is looked up */
export const requireIdOfHome = async (
  host: Host,
  principal: Principal,
  id: string,
  { scope, domain = ROOT_DOMAIN }: { readonly scope: Scope; readonly domain?: string | undefined },
): Promise<void> => {
  const home = homeOf({ scope, domain });
  if (home !== null && id.startsWith(idPrefixOf(home))) return;
  if (home !== null && !allows(principal.grants, 'schedule.write', null))
    throw new HoldfastError(
      'invalid_request',
      `the id of a schedule of the domain "${home}" begins with "${idPrefixOf(home)}", since all domains share one list of ids: use "${idPrefixOf(home)}${id}"`,
    );
  const owner = (await reachedDomains(host, principal)).find((one) => id.startsWith(idPrefixOf(one)));
  if (owner === undefined) return;
  throw new HoldfastError(
    'invalid_request',
    `ids that begin with "${idPrefixOf(owner)}" are for schedules of the domain "${owner}"; choose another one`,
  );
};
