/** Schedules, and what retention would do. */
import type { BackupView } from '../../model/records/backup.ts';
import type { Page } from '../../model/requests/page.ts';
import type { RetentionPlanRequest } from '../../model/requests/retention.ts';
import type { RetentionPlan } from '../../model/retention/plan-view.ts';
import type {
  CreateScheduleRequest,
  PreviewScheduleRequest,
  ReplaceScheduleRequest,
} from '../../model/schedules/schedule.ts';
import type { SchedulePreview, ScheduleView } from '../../model/schedules/schedule-view.ts';
import {
  type Approved,
  approved,
  at,
  type Call,
  type Given,
  get,
  type Paging,
  post,
  put,
  remove,
  start,
} from '../call.ts';

const path = (id: string): string => `/v1/schedules/${at(id)}`;

export const list = (paging: Paging = {}): Call<Page<ScheduleView>> => get('/v1/schedules', { ...paging });
export const show = (id: string): Call<ScheduleView> => get(path(id));
export const preview = (body: Given<PreviewScheduleRequest>): Call<SchedulePreview> =>
  post('/v1/schedules/preview', body);
export const create = (body: Given<CreateScheduleRequest>, by: Approved = {}): Call<ScheduleView> =>
  post('/v1/schedules', body, approved(by));
export const replace = (
  id: string,
  body: Given<ReplaceScheduleRequest>,
  by: Approved = {},
): Call<ScheduleView> => put(path(id), body, approved(by));
export const pause = (id: string): Call<ScheduleView> => post(`${path(id)}/pause`);
export const resume = (id: string): Call<ScheduleView> => post(`${path(id)}/resume`);
export const run = (id: string, key?: string): Call<BackupView> => start(`${path(id)}/run`, undefined, key);
export const erase = (id: string, by: Approved = {}): Call<void> => remove(path(id), undefined, approved(by));

/** By the rules that stand, of a schedule or a label. */
export const retentionPlan = (
  query: Paging & { readonly schedule?: string | undefined; readonly label?: string | undefined },
): Call<RetentionPlan> => get('/v1/retention/plan', { ...query });
/** By other rules. */
export const retentionPlanBy = (body: Given<RetentionPlanRequest>): Call<RetentionPlan> =>
  post('/v1/retention/plan', body);
