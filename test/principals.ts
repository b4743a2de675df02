/** A principal with all permissions, for tests below HTTP. */
import type { Principal } from '../lib/model/access/principal.ts';

export const administrator = (name = 'test'): Principal => ({
  id: name,
  name,
  kind: 'token',
  grants: [{ role: 'administrator' }],
});

/** A principal with all permissions in one domain, and none elsewhere. */
export const domainAdministrator = (domain: string): Principal => ({
  id: `of-${domain}`,
  name: `of ${domain}`,
  kind: 'token',
  grants: [{ role: 'domain-administrator', domain }],
});
