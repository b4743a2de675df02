/** Archives that are brought in from elsewhere. */
import type { ImportRecord, UploadRecord } from '../../model/records/transfer.ts';
import type { Page } from '../../model/requests/page.ts';
import type { CreateUploadRequest } from '../../model/requests/uploads.ts';
import type { PartTicket } from '../answers.ts';
import { at, type Call, type Given, get, type Paging, post, remove, start } from '../call.ts';

const path = (id: string): string => `/v1/uploads/${at(id)}`;

export const list = (paging: Paging = {}): Call<Page<UploadRecord>> => get('/v1/uploads', { ...paging });
/** Goes on with the upload of the same archive where there is one. */
export const begin = (
  body: Given<CreateUploadRequest>,
): Call<UploadRecord & { readonly missing: readonly number[] }> => post('/v1/uploads', body);
/** Where the bytes of a part go. */
export const part = (id: string, number: number): Call<PartTicket> => ({
  ...post(`${path(id)}/parts/${number}`),
  repeatable: true,
});
export const complete = (id: string, key?: string): Call<ImportRecord> =>
  start(`${path(id)}/complete`, undefined, key);
export const imported = (id: string): Call<ImportRecord> => get(`/v1/imports/${at(id)}`);
export const abort = (id: string): Call<void> => remove(path(id));
