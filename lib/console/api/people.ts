/** The calls of the API for people, and for one's own backup token. */
import type { Paging } from '../../client/call.ts';
import * as people from '../../client/calls/people.ts';
import type { MakeBackupTokenRequest } from '../../model/records/backup-token.ts';
import type {
  ChangePersonRequest,
  CreatePersonRequest,
  SetPasswordRequest,
} from '../../model/requests/people.ts';
import { ask } from './client.ts';

export const listPeople = (query: Paging, signal?: AbortSignal) => ask(people.list(query), signal);
export const createPerson = (body: Partial<CreatePersonRequest>) => ask(people.create(body));
export const changePerson = (id: string, body: ChangePersonRequest) => ask(people.change(id, body));
export const invitePerson = (id: string) => ask(people.invite(id));
export const getBackupToken = (signal?: AbortSignal) => ask(people.backupToken(), signal);
export const makeBackupToken = (body: MakeBackupTokenRequest) => ask(people.makeBackupToken(body));
export const setPassword = (id: string, body: SetPasswordRequest) => ask(people.setPassword(id, body));
export const disablePerson = (id: string) => ask(people.disable(id));
export const enablePerson = (id: string) => ask(people.enable(id));
export const deletePerson = (id: string, tokens: boolean) => ask(people.erase(id, { tokens }));
