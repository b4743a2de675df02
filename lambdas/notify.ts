import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { notify } from '../lib/operations/installation/notify.ts';

export const handler = taskHandler(holdSchema, ({ host }) => notify(host));
