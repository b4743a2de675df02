/** Restores, and their plans. */
import type { RestoreRecord } from '../../model/records/restore.ts';
import type { Page } from '../../model/requests/page.ts';
import type { CreateRestoreRequest } from '../../model/requests/restores.ts';
import type { PlanPage } from '../answers.ts';
import { type Approved, approved, at, type Call, type Given, get, type Paging, start } from '../call.ts';

export const create = (
  backupId: string,
  body: Given<CreateRestoreRequest>,
  by: Approved = {},
  key?: string,
): Call<RestoreRecord> => start(`/v1/backups/${at(backupId)}/restores`, body, key, approved(by));
export const show = (id: string): Call<RestoreRecord> => get(`/v1/restores/${at(id)}`);
export const list = (paging: Paging = {}): Call<Page<RestoreRecord>> => get('/v1/restores', { ...paging });
export const plan = (
  id: string,
  query: Paging & { readonly component?: string | undefined },
): Call<PlanPage> => get(`/v1/restores/${at(id)}/plan`, { ...query });
