/** What the page asks the API for of people, and of the backup token of whoever is signed in. */
import type { BackupTokenView, MakeBackupTokenRequest } from '../../model/records/backup-token.ts';
import type { PersonView } from '../../model/records/person.ts';
import type { Page } from '../../model/requests/page.ts';
import type {
  ChangePersonRequest,
  CreatePersonRequest,
  SetPasswordRequest,
} from '../../model/requests/people.ts';
import { at, type Paging } from './calls.ts';
import { ask } from './client.ts';

export const listPeople = (query: Paging, signal?: AbortSignal) =>
  ask<Page<PersonView>>('users', { query: { ...query }, signal });
export const createPerson = (body: Partial<CreatePersonRequest>) =>
  ask<PersonView & { readonly invitation: string }>('users', { method: 'POST', body });
export const changePerson = (id: string, body: ChangePersonRequest) =>
  ask<PersonView>(`users/${at(id)}`, { method: 'PUT', body });
export const invitePerson = (id: string) =>
  ask<PersonView & { readonly invitation: string }>(`users/${at(id)}/invitation`, { method: 'POST' });
export const getBackupToken = (signal?: AbortSignal) => ask<BackupTokenView>('backup-token', { signal });
export const makeBackupToken = (body: MakeBackupTokenRequest) =>
  ask<BackupTokenView & { readonly backupToken: string }>('backup-token', { method: 'POST', body });
export const setPassword = (id: string, body: SetPasswordRequest) =>
  ask<void>(`users/${at(id)}/password`, { method: 'POST', body });
export const disablePerson = (id: string) => ask<PersonView>(`users/${at(id)}/disable`, { method: 'POST' });
export const enablePerson = (id: string) => ask<PersonView>(`users/${at(id)}/enable`, { method: 'POST' });
export const deletePerson = (id: string, tokens: boolean) =>
  ask<void>(`users/${at(id)}`, { method: 'DELETE', body: { tokens } });
