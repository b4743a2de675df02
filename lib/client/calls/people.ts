/** People, and the backup token of whoever asks. */
import type { BackupTokenView, MakeBackupTokenRequest } from '../../model/records/backup-token.ts';
import type { PersonView } from '../../model/records/person.ts';
import type { Page } from '../../model/requests/page.ts';
import type {
  ChangePersonRequest,
  CreatePersonRequest,
  SetPasswordRequest,
} from '../../model/requests/people.ts';
import { at, type Call, type Given, get, type Paging, post, put, remove } from '../call.ts';

/** With the text by which the person chooses a password, shown this once. */
export type Invited = PersonView & { readonly invitation: string };

const path = (id: string): string => `/v1/users/${at(id)}`;

export const list = (paging: Paging = {}): Call<Page<PersonView>> => get('/v1/users', { ...paging });
export const show = (id: string): Call<PersonView> => get(path(id));
export const create = (body: Given<CreatePersonRequest>): Call<Invited> => post('/v1/users', body);
export const change = (id: string, body: Given<ChangePersonRequest>): Call<PersonView> => put(path(id), body);
export const invite = (id: string): Call<Invited> => post(`${path(id)}/invitation`);
export const setPassword = (id: string, body: SetPasswordRequest): Call<void> =>
  post(`${path(id)}/password`, body);
export const disable = (id: string, body?: { readonly tokens: boolean }): Call<PersonView> =>
  post(`${path(id)}/disable`, body);
export const enable = (id: string): Call<PersonView> => post(`${path(id)}/enable`);
export const erase = (id: string, body: { readonly tokens: boolean }): Call<void> => remove(path(id), body);

/** Of whoever has the token of an issuer: the person whom the issuer knows, made on first sight. */
export const rememberMe = (): Call<PersonView> => post('/v1/sign-in/remember');

export const backupToken = (): Call<BackupTokenView> => get('/v1/backup-token');
export const makeBackupToken = (
  body: MakeBackupTokenRequest,
): Call<BackupTokenView & { readonly backupToken: string }> => post('/v1/backup-token', body);
