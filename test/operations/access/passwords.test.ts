/**
 * Passwords below HTTP: the work of comparing them, the renewal of old hashes, and that one administrator
 * always remains.
 */
import { createHook } from 'node:async_hooks';
import { randomBytes, scryptSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import type { Principal } from '../../../lib/model/access/principal.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { errorCodeOf } from '../../../lib/model/errors.ts';
import type { PersonRecord } from '../../../lib/model/records/person.ts';
import { acceptInvitation } from '../../../lib/operations/access/passwords/set-password.ts';
import { createPerson } from '../../../lib/operations/access/people/create-person.ts';
import { deletePerson, disablePerson } from '../../../lib/operations/access/people/end-person.ts';
import { isAdministrator } from '../../../lib/operations/access/people/other-administrator.ts';
import { beginSignedIn, provePerson } from '../../../lib/operations/access/sessions/sign-in.ts';
import { createHostToken } from '../../../lib/operations/access/tokens/tokens.ts';
import { put } from '../../../lib/ports/catalog/catalog.ts';
import { everyRecord } from '../../../lib/ports/catalog/every-record.ts';
import type { Host } from '../../../lib/ports/host.ts';
import { type EmbeddedHost, openEmbeddedHost } from '../../../lib/runtimes/server/embedded-host.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';
import { instead } from '../stepwise-host.ts';

const folder = temporaryFolders();
const PASSWORD = 'befit-brakeman-footstep-unclasp';
let host: EmbeddedHost;
/** Counts scrypt derivations in this process. */
let derived = 0;
const counting = createHook({
  init: (_id, type) => {
    if (type === 'SCRYPTREQUEST') derived += 1;
  },
});

beforeAll(async () => {
  counting.enable();
  host = await openEmbeddedHost({
    data: await folder(),
    config: configSchema.parse({}),
    log: new JsonLogger({ write: () => undefined }),
  });
});
afterAll(async () => {
  counting.disable();
  await host.close();
});

/** A token that creates people; it is removed before a test of the last administrator begins. */
const root = async (): Promise<Principal> => {
  await createHostToken(host, { name: 'root', createdBy: 'test' }, () => undefined);
  for await (const { id, name } of everyRecord(host, 'token'))
    return { id, name, kind: 'token', grants: [{ role: 'administrator' }] };
  throw new Error('the token is gone');
};
const person = async (name: string, role: 'administrator' | 'auditor'): Promise<PersonRecord> => {
  const { view, invitation } = await createPerson(host, await root(), {
    ...{ name, mail: null },
    grants: [{ role }],
  });
  await acceptInvitation(host, { invitation, password: PASSWORD });
  return kept(view.id);
};
const kept = async (id: string): Promise<PersonRecord> => {
  const record = (await host.catalog.get('person', id))?.record;
  if (record === undefined) throw new Error(`${id} is gone`);
  return record;
};
const asPerson = ({ id, name }: PersonRecord): Principal => ({
  ...{ id, name, kind: 'person' },
  grants: [{ role: 'administrator' }],
});

describe('a guess', () => {
  test('costs one derivation, whatever is wrong, and names no reason [U12]', async () => {
    const ada = await person('ada', 'auditor');
    const disabled = await person('dan', 'auditor');
    await disablePerson(host, await root(), disabled.id, { tokens: false });
    const { view } = await createPerson(host, await root(), {
      ...{ name: 'ivy', mail: null },
      grants: [{ role: 'auditor' }],
    });
    expect(view.id).not.toBe(ada.id);
    const seen: unknown[] = [];
    for (const [name, password] of [
      ['ada', 'not her password'],
      ['nobody', PASSWORD],
      ['dan', PASSWORD],
      ['ivy', PASSWORD],
      ['nowhere/ada', PASSWORD],
    ] as const) {
      derived = 0;
      const thrown = await provePerson(host, { name, password }, '192.0.2.1').catch((one: unknown) => one);
      seen.push([derived, errorCodeOf(thrown), thrown instanceof Error ? thrown.message : thrown]);
    }
    expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(seen[0]).toEqual([1, 'unauthorized', expect.any(String)]);
  });

  test('that has to wait costs none [U12]', async () => {
    const guess = () =>
      provePerson(host, { name: 'ada', password: 'a guess' }, '192.0.2.7').catch(errorCodeOf);
    derived = 0;
    const answers: unknown[] = [];
    for (let n = 0; n < 12; n++) answers.push(await guess());
    expect(answers.filter((one) => one === 'unauthorized').length).toBe(derived);
    expect(answers.slice(derived).every((one) => one === 'too_many_attempts')).toBe(true);
    expect(derived).toBe(5);
  });
});

test('a password with the costs of former days gets a hash with those of today at the next sign-in', async () => {
  const { id } = await person('old', 'auditor');
  const found = await host.catalog.get('person', id);
  if (found === undefined) throw new Error('the person is gone');
  const salt = randomBytes(16);
  const hash = scryptSync(PASSWORD, salt, 32, { N: 2 ** 14, r: 8, p: 1, maxmem: 2 ** 26 });
  const passwordHash = `$scrypt$ln=14,r=8,p=1$${salt.toString('base64url')}$${hash.toString('base64url')}`;
  await host.catalog.commit([put('person', { ...found.record, passwordHash }, found.version)]);
  const wrong = await provePerson(host, { name: 'old', password: 'a guess' }, '192.0.2.9').catch(errorCodeOf);
  expect([wrong, (await kept(id)).passwordHash]).toEqual(['unauthorized', passwordHash]);
  const signedIn = await provePerson(host, { name: 'old', password: PASSWORD }, '192.0.2.9');
  await beginSignedIn(host, signedIn, true);
  const renewed = (await kept(id)).passwordHash;
  expect(renewed).toMatch(/^\$scrypt\$ln=17,/);
  derived = 0;
  await beginSignedIn(host, await provePerson(host, { name: 'old', password: PASSWORD }, '192.0.2.9'), true);
  expect([derived, (await kept(id)).passwordHash]).toEqual([1, renewed]);
});

describe('two administrators who end each other at the same moment', () => {
  let two: readonly [PersonRecord, PersonRecord];
  let round = 0;
  beforeEach(async () => {
    round += 1;
    two = [await person(`a${round}`, 'administrator'), await person(`b${round}`, 'administrator')];
    // From here on there is no other administrator: no token, and no person from an earlier test.
    for await (const { id } of everyRecord(host, 'token'))
      await host.catalog.commit([{ remove: 'token', id }]);
    for await (const { id } of everyRecord(host, 'person'))
      if (!two.some((one) => one.id === id)) await host.catalog.commit([{ remove: 'person', id }]);
  });

  /** Both callers read the present state before either writes. */
  const meeting = (): Host => {
    let arrived = 0;
    let open = (): void => undefined;
    const both = new Promise<void>((resolve) => {
      open = resolve;
    });
    return {
      ...host,
      catalog: instead(host.catalog, 'commit', async (changes, options) => {
        arrived += 1;
        if (arrived >= 2) open();
        await both;
        return host.catalog.commit(changes, options);
      }),
    };
  };

  test.each(['remove', 'disable'])('do not both succeed: they %s [U12]', async (how) => {
    const meet = meeting();
    const [a, b] = two;
    const end = (by: PersonRecord, whom: PersonRecord) =>
      how === 'remove'
        ? deletePerson(meet, asPerson(by), whom.id, { tokens: false })
        : disablePerson(meet, asPerson(by), whom.id, { tokens: false });
    const ends = await Promise.allSettled([end(a, b), end(b, a)]);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const people = await Array.fromAsync(everyRecord(host, 'person'));
    expect(people.filter(isAdministrator)).toHaveLength(1);
  });
});
