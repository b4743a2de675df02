/** People. An invitation, with which a person chooses a password, is in the answer that makes it, and nowhere else. */
import * as z from 'zod';
import { personGrantSchema, personViewSchema } from '../../model/records/person.ts';
import { pageSchema } from '../../model/requests/page.ts';
import {
  changePersonSchema,
  createPersonSchema,
  endPersonSchema,
  setPasswordSchema,
  wantedGrantSchema,
} from '../../model/requests/people.ts';
import { invitePerson, setPassword } from '../../operations/access/passwords/set-password.ts';
import { changePerson, createPerson } from '../../operations/access/people/create-person.ts';
import { deletePerson, disablePerson, enablePerson } from '../../operations/access/people/end-person.ts';
import { listPeople, showPerson } from '../../operations/access/people/people.ts';
import { always } from '../fresh-proof.ts';
import { named } from '../openapi/schema-names.ts';
import { pageOf } from '../page.ts';
import { route } from '../route.ts';
import { idParams } from './backups.ts';

named('UserGrant', personGrantSchema);
named('WantedGrant', wantedGrantSchema);
export const userSchema = named('User', personViewSchema);
const invitedSchema = named(
  'InvitedUser',
  personViewSchema.extend({
    /** Give it to the person, who chooses a password with it, once. Shown this once. */
    invitation: z.string(),
  }),
);
const endSchema = named('EndUser', endPersonSchema);

const BEYOND = 'Nobody can create or change a person who has more rights than they have themselves.';

export const userRoutes = [
  route({
    method: 'POST',
    path: '/v1/users',
    operationId: 'createUser',
    freshProof: always('the person outlives the session'),
    needs: 'token.write',
    alsoNeeds: BEYOND,
    summary:
      'Create a person with no more rights than the caller has. The invitation is shown only this once.',
    refuses: ['conflict', 'storage_full'],
    body: named('CreateUser', createPersonSchema),
    answers: { status: 201, location: true, schema: invitedSchema },
    handle: async ({ host, principal, body }) => {
      const { view, invitation } = await createPerson(host, principal, body);
      return { status: 201, headers: { location: `/v1/users/${view.id}` }, body: { ...view, invitation } };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/users',
    operationId: 'listUsers',
    needs: 'token.read',
    summary: 'List people, the newest first.',
    query: pageSchema,
    answers: { status: 200, schema: pageOf('UserPage', userSchema) },
    handle: async ({ host, principal, query }) => ({
      status: 200,
      body: await listPeople(host, principal, query),
    }),
  }),
  route({
    method: 'GET',
    path: '/v1/users/{id}',
    operationId: 'getUser',
    needs: 'token.read',
    summary: 'Get a person: what they may do, whether they have a password, and when they last signed in.',
    params: idParams,
    answers: { status: 200, schema: userSchema },
    handle: async ({ host, principal, params }) => ({
      status: 200,
      body: await showPerson(host, principal, params.id),
    }),
  }),
  route({
    method: 'PUT',
    path: '/v1/users/{id}',
    operationId: 'replaceUser',
    freshProof: always('the person may get more rights, or lose access'),
    needs: 'token.write',
    alsoNeeds: BEYOND,
    summary: 'Replace the name, the mail address and the roles of a person.',
    refuses: ['conflict', 'storage_full'],
    params: idParams,
    body: named('ReplaceUser', changePersonSchema),
    answers: { status: 200, schema: userSchema },
    handle: async ({ host, principal, params, body }) => ({
      status: 200,
      body: await changePerson(host, principal, params.id, body),
    }),
  }),
  route({
    method: 'DELETE',
    path: '/v1/users/{id}',
    operationId: 'deleteUser',
    freshProof: always('the person loses access'),
    needs: 'token.write',
    alsoNeeds: BEYOND,
    summary:
      'Delete a person: sessions end, and schedules of the person stop. The tokens stay, unless the request includes them.',
    refuses: ['conflict', 'storage_full'],
    params: idParams,
    body: endSchema,
    answers: { status: 204 },
    handle: async ({ host, principal, params, body }) => {
      await deletePerson(host, principal, params.id, body);
      return { status: 204 };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/users/{id}/disable',
    operationId: 'disableUser',
    freshProof: always('the person loses access'),
    needs: 'token.write',
    alsoNeeds: BEYOND,
    summary: 'Disable a person: sessions end, and schedules of the person stop.',
    refuses: ['conflict', 'storage_full'],
    params: idParams,
    body: endSchema,
    answers: { status: 200, schema: userSchema },
    handle: async ({ host, principal, params, body }) => ({
      status: 200,
      body: await disablePerson(host, principal, params.id, body),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/users/{id}/enable',
    operationId: 'enableUser',
    freshProof: always('the person gets access'),
    needs: 'token.write',
    alsoNeeds: BEYOND,
    summary: 'Enable a person who was disabled.',
    refuses: ['conflict', 'storage_full'],
    params: idParams,
    answers: { status: 200, schema: userSchema },
    handle: async ({ host, principal, params }) => ({
      status: 200,
      body: await enablePerson(host, principal, params.id),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/users/{id}/password',
    operationId: 'setUserPassword',
    freshProof: {
      asked: {
        when: 'the password is of somebody else',
        is: ({ principal, params }) => principal.id !== params.id,
      },
      why: 'a person loses access and another may get it; for one’s own password the request itself has the proof',
    },
    // A person's own password is changed with the old one, which is proof enough.
    needs: 'installation.read',
    alsoNeeds: `The password of somebody else needs \`token.write\` in the domain of that person. ${BEYOND}`,
    summary:
      'Set a password: the caller’s own, with the present one, or that of another person. Other sessions end.',
    refuses: ['conflict', 'too_many_attempts', 'storage_full'],
    params: idParams,
    body: named('SetPassword', setPasswordSchema),
    answers: { status: 204 },
    handle: async ({ host, principal, params, body }) => {
      await setPassword(host, principal, params.id, body);
      return { status: 204 };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/users/{id}/invitation',
    operationId: 'inviteUser',
    freshProof: always('whoever has the invitation gets access'),
    needs: 'token.write',
    alsoNeeds: BEYOND,
    summary:
      'Let a person choose a new password: the present one is deleted. The invitation is shown only this once.',
    refuses: ['conflict', 'storage_full'],
    params: idParams,
    answers: { status: 201, schema: invitedSchema },
    handle: async ({ host, principal, params }) => {
      const { view, invitation } = await invitePerson(host, principal, params.id);
      return { status: 201, body: { ...view, invitation } };
    },
  }),
];
