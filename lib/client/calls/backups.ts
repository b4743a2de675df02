/** Backups: made, looked at, kept, verified, sealed anew, removed. */
import type { BackupView } from '../../model/records/backup.ts';
import type { ResealRecord } from '../../model/records/reseal.ts';
import type { VerificationRecord } from '../../model/records/verification.ts';
import type { CreateBackupRequest } from '../../model/requests/backups.ts';
import type { Page } from '../../model/requests/page.ts';
import type { Download, Entry } from '../answers.ts';
import {
  type Approved,
  approved,
  at,
  type Call,
  type Given,
  get,
  opening,
  type Paging,
  post,
  remove,
  start,
} from '../call.ts';

const path = (id: string): string => `/v1/backups/${at(id)}`;

export const list = (query: Paging & { readonly label?: string | undefined } = {}): Call<Page<BackupView>> =>
  get('/v1/backups', { ...query });
export const show = (id: string): Call<BackupView> => get(path(id));
export const create = (body: Given<CreateBackupRequest>, key?: string): Call<BackupView> =>
  start('/v1/backups', body, key);
export const hold = (id: string, reason: string): Call<BackupView> => post(`${path(id)}/hold`, { reason });
export const release = (id: string, by: Approved = {}): Call<BackupView> =>
  remove(`${path(id)}/hold`, undefined, approved(by));
/** Marks it, to be deleted after the time that the configuration gives. */
export const deleteLater = (id: string, reason?: string, by: Approved = {}): Call<BackupView> =>
  post(`${path(id)}/removal`, { reason }, approved(by));
export const undelete = (id: string): Call<BackupView> => remove(`${path(id)}/removal`);
export const erase = (id: string, by: Approved = {}): Call<void> => remove(path(id), undefined, approved(by));
/** As text, a line for each message. */
export const log = (id: string): Call<string> => get(`${path(id)}/log`);
export const download = (id: string): Call<Download> => post(`${path(id)}/download`);
export const verify = (
  id: string,
  body: { readonly passphrase?: string; readonly deep?: boolean; readonly subset?: string },
  key?: string,
): Call<VerificationRecord> => start(`${path(id)}/verify`, body, key);
export const verification = (id: string): Call<VerificationRecord> => get(`/v1/verifications/${at(id)}`);
export const reseal = (
  id: string,
  body: { readonly keyId?: string; readonly passphrase?: string; readonly trust?: object },
  by: Approved = {},
  key?: string,
): Call<ResealRecord> => start(`${path(id)}/reseal`, body, key, approved(by));
export const resealing = (id: string): Call<ResealRecord> => get(`/v1/reseals/${at(id)}`);
export const contents = (
  id: string,
  query: Paging & { readonly component?: string | undefined },
  passphrase?: string,
): Call<Page<Entry>> => get(`${path(id)}/contents`, { ...query }, opening(passphrase));
/** Raw bytes of one file of the archive. */
export const archivedFile = (
  id: string,
  { component, path: name, pathBase64 }: Entry,
  passphrase?: string,
): Call<Response> =>
  get(`${path(id)}/contents/file`, { component, path: name, pathBase64 }, opening(passphrase));
