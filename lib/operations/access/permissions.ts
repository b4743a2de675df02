import { allows, domainsWith, type Home, type Permission } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';

/**
 * Refuses a principal without a role that allows this.
 *
 * @param home The domain of the record. Without it, a role in any domain is enough, and the code that reads the records
 * checks each.
 * @throws `forbidden`
 */
export const requirePermission = (
  principal: Principal,
  permission: Permission | undefined,
  home?: Home,
): void => {
  // An act that names no permission is allowed to nobody.
  if (permission !== undefined && allows(principal.grants, permission, home)) return;
  const wanted = permission === undefined ? '' : `: it needs the permission ${permission}`;
  const where = permission === undefined ? '' : whereElse(principal, permission, home);
  throw new HoldfastError('forbidden', `${principal.name} may not do this${wanted}${where}`);
};

/** Names the domains in which the act would be allowed, to a caller who asked for the whole installation. */
const whereElse = ({ name, grants }: Principal, permission: Permission, home: Home | undefined): string => {
  const domains = domainsWith(grants, permission) ?? [];
  if (home !== null || domains.length === 0) return '';
  const named = domains.length === 1 ? `the domain ${domains[0]}` : `the domains ${domains.join(', ')}`;
  return ` for the whole installation; ${name} has it in ${named} alone: name the domain`;
};
