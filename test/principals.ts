/** Somebody who may do everything, for tests below HTTP. */
import type { Principal } from '../lib/model/access/principal.ts';

export const administrator = (name = 'test'): Principal => ({
  id: name,
  name,
  kind: 'token',
  grants: [{ role: 'administrator' }],
});

/** Somebody who may do everything in one domain, and nothing beyond it. */
export const domainAdministrator = (domain: string): Principal => ({
  id: `of-${domain}`,
  name: `of ${domain}`,
  kind: 'token',
  grants: [{ role: 'domain-administrator', domain }],
});
