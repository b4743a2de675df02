/** Schedules: when backups begin by themselves. */
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';
import { pageSchema } from '../../model/requests/page.ts';
import {
  createScheduleSchema,
  previewScheduleSchema,
  replaceScheduleSchema,
} from '../../model/schedules/schedule.ts';
import {
  nextRunSchema,
  schedulePreviewSchema,
  scheduleViewSchema,
} from '../../model/schedules/schedule-view.ts';
import {
  createSchedule,
  deleteSchedule,
  pauseSchedule,
  replaceSchedule,
  resumeSchedule,
} from '../../operations/schedules/change-schedules.ts';
import { listSchedules, previewSchedule, showSchedule } from '../../operations/schedules/read-schedules.ts';
import { always, never } from '../fresh-proof.ts';
import { named } from '../openapi/schema-names.ts';
import { pageOf } from '../page.ts';
import { approvalHeaders, approvalOf } from '../request-headers.ts';
import { route } from '../route.ts';
import { wantingApproval } from '../route-problems.ts';

export const scheduleParams = z.strictObject({ id: componentIdSchema });
named('NextRun', nextRunSchema);
named('Schedule', scheduleViewSchema);
named('CreateSchedule', createScheduleSchema);
named('ReplaceSchedule', replaceScheduleSchema);
named('PreviewSchedule', previewScheduleSchema);
named('SchedulePreview', schedulePreviewSchema);

const changing = { needs: 'schedule.write', params: scheduleParams } as const;
const answersSchedule = { answers: { status: 200, schema: scheduleViewSchema } } as const;

export const scheduleRoutes = [
  route({
    method: 'POST',
    path: '/v1/schedules',
    operationId: 'createSchedule',
    freshProof: {
      asked: {
        when: 'it has its own rules of retention',
        is: ({ body }) => body.retention !== undefined,
      },
      why: 'backups may be deleted by these rules',
    },
    // Why this needs more: it decides what is deleted from then on.
    needs: 'schedule.write',
    summary:
      'Create a schedule. It has no more rights than its creator, and stops when the creator loses them.',
    takes: approvalHeaders,
    refuses: ['conflict', 'storage_full', ...wantingApproval],
    body: createScheduleSchema,
    answers: { status: 201, location: true, schema: scheduleViewSchema },
    handle: async ({ host, principal, headers, body }) => {
      const made = await createSchedule(host, principal, body, approvalOf(headers));
      return { status: 201, headers: { location: `/v1/schedules/${made.id}` }, body: made };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/schedules',
    operationId: 'listSchedules',
    needs: 'schedule.read',
    summary: 'List schedules, each with its next five runs.',
    query: pageSchema,
    answers: { status: 200, schema: pageOf('SchedulePage', scheduleViewSchema) },
    handle: async ({ host, principal, query }) => ({
      status: 200,
      body: await listSchedules(host, principal, query),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/schedules/preview',
    operationId: 'previewSchedule',
    freshProof: never('it changes nothing'),
    // Not in the audit trail: it changes nothing, and shows nothing that is stored.
    audited: false,
    needs: 'schedule.read',
    summary: 'Get when a schedule with these times would run next. Nothing is stored.',
    body: previewScheduleSchema,
    answers: { status: 200, schema: schedulePreviewSchema },
    handle: async ({ host, body }) => ({ status: 200, body: previewSchedule(host, body) }),
  }),
  route({
    method: 'GET',
    path: '/v1/schedules/{id}',
    operationId: 'getSchedule',
    needs: 'schedule.read',
    summary: 'Get a schedule, with its next five runs in UTC and in its time zone.',
    params: scheduleParams,
    ...answersSchedule,
    handle: async ({ host, principal, params }) => ({
      status: 200,
      body: await showSchedule(host, principal, params.id),
    }),
  }),
  route({
    method: 'PUT',
    path: '/v1/schedules/{id}',
    operationId: 'replaceSchedule',
    freshProof: always('backups may be deleted by its rules, or never be created'),
    ...changing,
    summary:
      'Replace all settings of a schedule; those that are left out get their defaults. This is refused if `version` is not the current one.',
    takes: approvalHeaders,
    refuses: ['conflict', 'storage_full', ...wantingApproval],
    body: replaceScheduleSchema,
    ...answersSchedule,
    handle: async ({ host, principal, headers, params, body }) => ({
      status: 200,
      body: await replaceSchedule(host, principal, params.id, body, approvalOf(headers)),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/schedules/{id}/pause',
    operationId: 'pauseSchedule',
    freshProof: never('it can be resumed again'),
    ...changing,
    summary: 'Pause a schedule: until it is resumed, it is never due, and no run counts as missed.',
    refuses: ['conflict', 'storage_full'],
    ...answersSchedule,
    handle: async ({ host, principal, params }) => ({
      status: 200,
      body: await pauseSchedule(host, principal, params.id),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/schedules/{id}/resume',
    operationId: 'resumeSchedule',
    freshProof: never('it can be paused again'),
    ...changing,
    summary: 'Resume a schedule that is paused or stopped: it runs from its next time on, not at once.',
    refuses: ['conflict', 'storage_full'],
    ...answersSchedule,
    handle: async ({ host, principal, params }) => ({
      status: 200,
      body: await resumeSchedule(host, principal, params.id),
    }),
  }),
  route({
    method: 'DELETE',
    path: '/v1/schedules/{id}',
    operationId: 'deleteSchedule',
    freshProof: always('other rules of retention apply to its backups from then on'),
    ...changing,
    summary: 'Delete a schedule. Its backups stay.',
    takes: approvalHeaders,
    refuses: ['conflict', 'storage_full', ...wantingApproval],
    answers: { status: 204 },
    handle: async ({ host, principal, headers, params }) => {
      await deleteSchedule(host, principal, params.id, approvalOf(headers));
      return { status: 204 };
    },
  }),
];
