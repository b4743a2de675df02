/** People are disabled, let in again, and removed. */
import type { Principal } from '../../../model/access/principal.ts';
import type { PersonView } from '../../../model/records/person.ts';
import type { EndPersonRequest } from '../../../model/requests/people.ts';
import { put } from '../../../ports/catalog/catalog.ts';
import type { Host } from '../../../ports/host.ts';
import { commitFresh } from '../../task/fresh-commit.ts';
import { endFamily, familyOf, requireEnding } from '../tokens/revoke-token.ts';
import {
  changeablePerson,
  keepingAdministrator,
  onceEach,
  readLastingMaker,
  tellOfPerson,
} from './create-person.ts';
import { nameKeyOf, viewPerson, withSessionsEnded } from './people.ts';

/**
 * Disables a person: sessions end, and schedules that the person made stop. The person's own tokens are revoked too
 * when the request says so.
 *
 * @throws `not_found`, `forbidden`; `conflict` for the last administrator
 */
export const disablePerson = async (
  host: Host,
  principal: Principal,
  id: string,
  { tokens }: EndPersonRequest,
): Promise<PersonView> => {
  await endTokens(host, principal, id, tokens);
  const record = await commitFresh(host.catalog, async () => {
    const found = await changeablePerson(host, principal, id);
    if (found.record.disabled) return { changes: [], result: found.record };
    const disabled = { ...withSessionsEnded(found.record), disabled: true };
    const kept = await keepingAdministrator(host, found.record, disabled);
    return { changes: [...kept, put('person', disabled, found.version)], result: disabled };
  });
  host.log.info('a person was disabled', { personId: id, by: principal.name });
  return viewPerson(host, record);
};

/** @throws `not_found`, `forbidden` */
export const enablePerson = async (host: Host, principal: Principal, id: string): Promise<PersonView> => {
  const record = await commitFresh(host.catalog, async () => {
    const found = await changeablePerson(host, principal, id);
    const { kept } = await readLastingMaker(host, principal);
    if (!found.record.disabled) return { changes: [], result: found.record };
    const enabled = { ...found.record, disabled: false };
    return { changes: onceEach([...kept, put('person', enabled, found.version)]), result: enabled };
  });
  return viewPerson(host, record);
};

/** Removes a person for good. @throws `not_found`, `forbidden`; `conflict` for the last administrator */
export const deletePerson = async (
  host: Host,
  principal: Principal,
  id: string,
  { tokens }: EndPersonRequest,
): Promise<void> => {
  await endTokens(host, principal, id, tokens);
  await commitFresh(host.catalog, async () => {
    const { record, version } = await changeablePerson(host, principal, id);
    const changes = [
      ...(await keepingAdministrator(host, record, undefined)),
      { remove: 'person', id, expect: version } as const,
      ...(record.external === undefined ? [{ remove: 'personName', id: nameKeyOf(record) } as const] : []),
      { remove: 'tokenUse', id } as const,
      { remove: 'backupToken', id } as const,
      tellOfPerson(host, principal, record, 'person.removed'),
    ];
    return { changes, result: undefined };
  });
  host.log.info('a person was deleted', { personId: id, by: principal.name });
};

/** Tokens end before the person, so that the request can be repeated after a crash in between. */
const endTokens = async (host: Host, principal: Principal, id: string, tokens: boolean): Promise<void> => {
  const { record } = await changeablePerson(host, principal, id);
  // A person who must not end is refused here, before any of their tokens ends.
  await keepingAdministrator(host, record, undefined);
  if (!tokens) return;
  const family = await familyOf(host, id);
  requireEnding(principal, family);
  await endFamily(host, family);
};
