import { allows, domainsOf } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import type { Listed } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { tokenGroup } from '../../ports/catalog/placement.ts';
import type { Records } from '../../ports/catalog/records.ts';
import type { Host } from '../../ports/host.ts';

/** Tokens or people of the domains in which the principal may read them, the newest first. */
export const listByHome = async <K extends 'token' | 'person'>(
  host: Host,
  { grants }: Principal,
  kind: K,
  { skip, limit }: { readonly skip: number; readonly limit: number },
): Promise<Listed<Records[K]>> => {
  const readable = (home: string | null): boolean => allows(grants, 'token.read', home);
  const domains = (domainsOf(grants) ?? []).filter(readable);
  const [only, second] = domains;
  const page = { skip, limit, descending: true } as const;
  if (readable(null)) return host.catalog.list(kind, page);
  if (only !== undefined && second === undefined)
    return host.catalog.list(kind, { ...page, group: tokenGroup(only) });
  const all: Records[K][] = [];
  for (const domain of domains)
    all.push(...(await Array.fromAsync(everyRecord(host, kind, { group: tokenGroup(domain) }))));
  all.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  return { total: all.length, records: all.slice(skip, skip + limit) };
};
