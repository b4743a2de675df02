import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { resealArchive } from '../lib/operations/reseal-archive.ts';

export const handler = taskHandler(holdSchema, resealArchive);
