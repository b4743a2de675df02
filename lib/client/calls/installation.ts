/** The installation itself, what runs in it, and what it backs up. */
import type { Operation } from '../../model/records/operation.ts';
import type { Page } from '../../model/requests/page.ts';
import type { ComponentView, Status } from '../answers.ts';
import { at, type Call, get, type Paging, post } from '../call.ts';

export const status = (): Call<Status> => get('/v1/status');
export const components = (paging: Paging = {}): Call<Page<ComponentView>> =>
  get('/v1/components', { ...paging });
export const cancel = (id: string): Call<Operation> => post(`/v1/operations/${at(id)}/cancel`);
