import { HoldfastError } from '../../../model/errors.ts';
import type { PersonRecord } from '../../../model/records/person.ts';
import { type Change, put } from '../../../ports/catalog/catalog.ts';
import { everyRecord } from '../../../ports/catalog/every-record.ts';
import { tokenGroup } from '../../../ports/catalog/placement.ts';
import type { Host } from '../../../ports/host.ts';
import { findToken, grantsOfToken } from '../tokens/find-token.ts';

/** Whether the person can administer the whole installation now. */
export const isAdministrator = ({ disabled, passwordHash, grants }: PersonRecord): boolean =>
  !disabled &&
  passwordHash !== null &&
  grants.some(({ role, domain }) => role === 'administrator' && domain === null);

/**
 * Another administrator of the whole installation: a person who can sign in, or a token. Commit this change together
 * with the one that takes the rights of `id` away: then two administrators who end each other at the same time don't
 * both succeed.
 *
 * @throws `conflict` when there is no other administrator
 */
export const keepOtherAdministrator = async (host: Host, id: string): Promise<Change> => {
  const group = tokenGroup(null);
  for await (const person of everyRecord(host, 'person', { group }))
    if (person.id !== id && isAdministrator(person)) {
      const found = await host.catalog.get('person', person.id);
      if (found !== undefined && isAdministrator(found.record))
        return put('person', found.record, found.version);
    }
  for await (const token of everyRecord(host, 'token'))
    if (token.role === 'administrator' && token.domain == null) {
      const found = await findToken(host, token.id);
      if (found !== undefined && grantsOfToken(host, found.record) !== undefined)
        return put('token', found.record, found.version);
    }
  throw new HoldfastError(
    'conflict',
    'this is the last administrator of the installation: give somebody else the role first',
  );
};
