import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { verifySealed } from '../lib/operations/backup/verify-sealed.ts';

export const handler = taskHandler(holdSchema, verifySealed);
