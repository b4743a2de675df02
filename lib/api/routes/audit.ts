/** The audit trail: listed, exported, checked. */
import * as z from 'zod';
import { domainsWith } from '../../model/access/permissions.ts';
import { auditOutcomeSchema, auditRowSchema } from '../../model/records/audit.ts';
import { count, instant } from '../../model/records/fields.ts';
import { pageSchema } from '../../model/requests/page.ts';
import { requirePermission } from '../../operations/access/permissions.ts';
import { exportTrail } from '../../operations/audit/export-trail.ts';
import { readTrail } from '../../operations/audit/read-trail.ts';
import { verifyTrail } from '../../operations/audit/seal-trail.ts';
import { tellOfExport, tellOfFaults } from '../../operations/audit/tell-trail.ts';
import { named } from '../openapi/schema-names.ts';
import { pageOf } from '../page.ts';
import { route } from '../route.ts';

const rowNumber = z
  .string()
  .regex(/^[1-9]\d{0,11}$/, 'not the number of a row')
  .transform(Number)
  .optional()
  .meta({ type: 'integer', minimum: 1, maximum: 999_999_999_999, pattern: undefined });

const word = z.string().min(1).max(200).optional();

const auditQuerySchema = pageSchema.extend({
  principal: word.describe('The id or the name of the person, token or schedule that acted.'),
  action: word.describe('The operationId, or an automatic action such as schedule.run.'),
  subject: word.describe(
    'The object of the action, or what the action created: backups/ID, or the id alone.',
  ),
  outcome: auditOutcomeSchema.optional(),
  from: instant.optional().describe('Only rows from this time on.'),
  to: instant.optional().describe('Only rows before this time.'),
  before: rowNumber.describe('Only rows with a smaller number: the `next` of the previous page.'),
});

const auditPageSchema = named(
  'AuditPage',
  pageOf(
    'AuditRowPage',
    named('AuditRow', auditRowSchema.extend({ actor: named('AuditActor', auditRowSchema.shape.actor) })),
  ).extend({
    next: count
      .nullable()
      .describe('The value of `before` for the older rows that were not searched yet; null at the end.'),
  }),
);

const faultSchema = named('AuditFault', z.object({ seq: count, fault: z.string() }));
const checkSchema = named(
  'AuditCheck',
  z.object({
    valid: z.boolean().describe('Whether no fault was found in these rows.'),
    from: count,
    to: count,
    rows: count,
    seals: count.describe(
      'How many signed ends of the trail are among these rows; each was compared with its row.',
    ),
    faults: z.array(faultSchema),
    next: count.nullable().describe('The row to continue from; null at the end of the trail.'),
  }),
);

const fromSchema = z.strictObject({ from: rowNumber });

const WHOLE =
  'It needs the permission for the whole installation, since the chain links the rows of all domains.';

export const auditRoutes = [
  route({
    method: 'GET',
    path: '/v1/audit',
    operationId: 'listAudit',
    needs: 'audit.read',
    summary:
      'List who did what, the newest first; in a domain, only what was done there. With a filter, an answer covers a limited number of rows, from the newest on; `next` continues.',
    query: auditQuerySchema,
    answers: { status: 200, schema: auditPageSchema },
    handle: async ({ host, principal, query }) => ({
      status: 200,
      body: await readTrail(host, { ...query, seen: domainsWith(principal.grants, 'audit.read') }),
    }),
  }),
  route({
    method: 'GET',
    path: '/v1/audit/export',
    operationId: 'exportAudit',
    audited: true,
    needs: 'audit.read',
    alsoNeeds: WHOLE,
    summary:
      'Export the trail as lines of JSON. The last line is its signed end, or {"more":N}: then continue with from=N.',
    query: fromSchema,
    answers: { status: 200, text: 'text/plain' },
    handle: async ({ host, principal, query }) => {
      requirePermission(principal, 'audit.read', null);
      if (query.from === undefined) await tellOfExport(host, principal);
      return { status: 200, text: await exportTrail(host, query.from) };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/audit/verify',
    operationId: 'verifyAudit',
    needs: 'audit.read',
    alsoNeeds: WHOLE,
    summary: 'Verify, part by part, that the trail is complete and unchanged; `next` continues.',
    query: fromSchema,
    answers: { status: 200, schema: checkSchema },
    handle: async ({ host, principal, query }) => {
      requirePermission(principal, 'audit.read', null);
      const check = await verifyTrail(host, query);
      await tellOfFaults(host, check);
      return { status: 200, body: check };
    },
  }),
];
