import { HoldfastError } from '../../model/errors.ts';
import { allows, type Home, type Permission } from '../../model/permissions.ts';
import type { Principal } from '../../model/principal.ts';

/**
 * Refuses whoever has no role that allows this.
 *
 * @param home What it is done with belongs to; without, anywhere is enough, and whoever reads the records looks on.
 * @throws `forbidden`
 */
export const requirePermission = (
  principal: Principal,
  permission: Permission | undefined,
  home?: Home,
): void => {
  // What names no permission is allowed to nobody.
  if (permission !== undefined && allows(principal.grants, permission, home)) return;
  const wanted = permission === undefined ? '' : `: it needs the permission ${permission}`;
  throw new HoldfastError('forbidden', `${principal.name} may not do this${wanted}`);
};
