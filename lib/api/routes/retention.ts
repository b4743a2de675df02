/** Retention: what the rules would do, before they do it. */
import { retentionPlanQuerySchema, retentionPlanSchema } from '../../model/requests/retention.ts';
import { plannedBackupSchema, retentionSumsSchema } from '../../model/retention/plan-view.ts';
import { retentionPlan } from '../../operations/retention/retention-plan.ts';
import { never } from '../fresh-proof.ts';
import { named } from '../openapi/schema-names.ts';
import { pageOf } from '../page.ts';
import { route } from '../route.ts';

const planSchema = named(
  'RetentionPlan',
  pageOf('PlannedBackupPage', named('PlannedBackup', plannedBackupSchema)).extend(retentionSumsSchema.shape),
);

const PLANNED =
  'It also needs `backup.read`: in the domain of the schedule, and for a label in the whole installation.';

export const retentionRoutes = [
  route({
    method: 'GET',
    path: '/v1/retention/plan',
    operationId: 'getRetentionPlan',
    needs: 'schedule.read',
    alsoNeeds: PLANNED,
    summary: 'Get what the stored rules of a schedule or a label do with each of its backups, and why.',
    refuses: ['not_found'],
    query: retentionPlanQuerySchema,
    answers: { status: 200, schema: planSchema },
    handle: async ({ host, principal, query }) => ({
      status: 200,
      body: await retentionPlan(host, principal, query),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/retention/plan',
    operationId: 'planRetention',
    freshProof: never('it changes nothing'),
    needs: 'schedule.read',
    alsoNeeds: PLANNED,
    summary: 'Get the same for rules in the request, which are not stored. Nothing is changed.',
    refuses: ['not_found'],
    body: retentionPlanSchema,
    answers: { status: 200, schema: planSchema },
    handle: async ({ host, principal, body }) => ({
      status: 200,
      body: await retentionPlan(host, principal, body),
    }),
  }),
];
