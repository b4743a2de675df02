/** Signed requests that begin backups. */
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';
import { triggerEventSchema } from '../../model/records/trigger.ts';
import { receiveMessage } from '../../operations/triggers/receive-message.ts';
import { named } from '../openapi/schema-names.ts';
import { signedRoute } from '../route.ts';

const receiptSchema = named(
  'TriggerReceipt',
  triggerEventSchema.pick({ state: true, backupId: true }).extend({
    /** Whether the same message came before. */
    repeated: z.boolean(),
  }),
);

export const triggerRoutes = [
  signedRoute({
    method: 'POST',
    path: '/v1/triggers/{id}',
    operationId: 'sendToTrigger',
    summary:
      'Start the backup of a trigger by a message that is signed as Standard Webhooks prescribes; the signature takes the place of a token. The body may be anything. A message that arrived before starts nothing.',
    refuses: ['unauthorized', 'config_invalid'],
    takes: ['Webhook-Id', 'Webhook-Timestamp', 'Webhook-Signature'],
    params: z.strictObject({ id: componentIdSchema }),
    answers: { status: 202, schema: receiptSchema },
    answer: async ({ host, params, headers, body, origin }) => ({
      status: 202,
      body: await receiveMessage(
        host,
        params.id,
        {
          id: headers['webhook-id'],
          timestamp: headers['webhook-timestamp'],
          signature: headers['webhook-signature'],
          body,
        },
        origin,
      ),
    }),
  }),
];
