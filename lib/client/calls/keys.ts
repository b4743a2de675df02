/** Backup keys, and the verify keys of signers who are known. */
import type { BackupKeyView, VerifyKeyRecord } from '../../model/records/keys.ts';
import type { DeleteKeyRequest, ImportVerifyKeyRequest } from '../../model/requests/keys.ts';
import type { Page } from '../../model/requests/page.ts';
import {
  type Approved,
  approved,
  at,
  type Call,
  type Given,
  get,
  type Paging,
  post,
  remove,
} from '../call.ts';

const path = (id: string): string => `/v1/keys/${at(id)}`;

export const list = (
  query: Paging & { readonly scope?: string | undefined; readonly domain?: string | undefined } = {},
): Call<Page<BackupKeyView>> => get('/v1/keys', { ...query });
export const show = (id: string): Call<BackupKeyView> => get(path(id));
export const create = (body: {
  readonly scope?: 'system' | 'domain';
  readonly domain?: string;
  readonly default?: boolean;
  readonly postQuantum?: boolean;
}): Call<BackupKeyView> => post('/v1/keys', body);
export const makeDefault = (id: string): Call<BackupKeyView> => post(`${path(id)}/default`);
/** A file that opens with the password; `hint` is a reminder of it, which anybody can read who has the file. */
export const download = (
  id: string,
  password: string,
  by: Approved = {},
  hint?: string,
): Call<{ readonly fileName: string; readonly file: string }> =>
  post(`${path(id)}/download`, { password, hint }, approved(by));
export const upload = (file: string, password: string): Call<BackupKeyView> =>
  post('/v1/keys/upload', { file, password });
export const erase = (id: string, body: Given<DeleteKeyRequest>, by: Approved = {}): Call<void> =>
  remove(path(id), body, approved(by));

export const listVerifyKeys = (paging: Paging = {}): Call<Page<VerifyKeyRecord>> =>
  get('/v1/verify-keys', { ...paging });
export const importVerifyKey = (body: ImportVerifyKeyRequest): Call<VerifyKeyRecord> =>
  post('/v1/verify-keys', body);
export const eraseVerifyKey = (id: string): Call<void> => remove(`/v1/verify-keys/${at(id)}`);
