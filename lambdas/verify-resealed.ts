import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { verifyResealed } from '../lib/operations/travel/reseal-archive.ts';

export const handler = taskHandler(holdSchema, verifyResealed);
