import type { Grant } from '../../../model/access/permissions.ts';
import type { TokenRecord } from '../../../model/records/access.ts';
import type { Versioned } from '../../../ports/catalog/catalog.ts';
import { everyRecord } from '../../../ports/catalog/every-record.ts';
import { placementOf } from '../../../ports/catalog/placement.ts';
import type { Host } from '../../../ports/host.ts';

/** A token of 0.1.0 is stored under its hash, and is searched among the few that exist. */
export const findToken = async (host: Host, id: string): Promise<Versioned<TokenRecord> | undefined> => {
  const found = await host.catalog.get('token', id);
  if (found !== undefined) return found;
  for await (const record of everyRecord(host, 'token', { group: 'administrator' }))
    if (record.id === id) return host.catalog.get('token', placementOf('token', record).id);
  return undefined;
};

/** What a token may do now; undefined when it has expired. */
export const grantsOfToken = (
  { clock }: Pick<Host, 'clock'>,
  { role, domain, expiresAt }: TokenRecord,
): readonly Grant[] | undefined =>
  expiresAt != null && Date.parse(expiresAt) <= clock.now().getTime()
    ? undefined
    : [{ role, domain: domain ?? undefined }];
