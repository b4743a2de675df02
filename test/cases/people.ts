/** People with a password, created over HTTP as an administrator does. */
import { expect } from '@jest/globals';
import type { Api } from '../acceptance/api.ts';

export const PASSWORD = 'befit-brakeman-footstep-unclasp';
/** The header that a browser sends for the page. */
export const PAGE = { 'holdfast-page': '1' };
const open = { token: null, headers: PAGE };

/** Creates a person, who sets `PASSWORD` through the invitation. @returns the person's id */
export const makePerson = async (
  maker: Api,
  name: string,
  grants: readonly object[] = [{ role: 'administrator' }],
): Promise<string> => {
  const { status, body } = await maker.post('/v1/users', { name, grants });
  expect([status, body.detail]).toEqual([201, undefined]);
  const chosen = { invitation: body.invitation, password: PASSWORD };
  expect((await maker.post('/v1/invitations', chosen, open)).status).toBe(204);
  return body.id;
};

/** Signs the person in. @returns the session's cookie */
export const signInPerson = async (api: Api, name: string): Promise<string> => {
  const { headers } = await api.post('/v1/sign-in', { name, password: PASSWORD }, open);
  return headers.get('set-cookie')?.split(';')[0] ?? '';
};
