/** What somebody wants to do, and others have to approve first. */
import type { ApprovalView } from '../../model/records/approval.ts';
import type { ApproveRequest } from '../../model/requests/approvals.ts';
import type { Page } from '../../model/requests/page.ts';
import { at, type Call, get, type Paging, post } from '../call.ts';

const path = (id: string): string => `/v1/approvals/${at(id)}`;

export const list = (paging: Paging = {}): Call<Page<ApprovalView>> => get('/v1/approvals', { ...paging });
export const show = (id: string): Call<ApprovalView> => get(path(id));
export const approve = (id: string, body: ApproveRequest): Call<ApprovalView> =>
  post(`${path(id)}/approve`, body);
export const reject = (id: string, body: { readonly reason?: string }): Call<ApprovalView> =>
  post(`${path(id)}/reject`, body);
export const withdraw = (id: string): Call<ApprovalView> => post(`${path(id)}/withdraw`);
