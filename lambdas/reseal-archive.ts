import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { resealArchive } from '../lib/operations/travel/reseal-archive.ts';

export const handler = taskHandler(holdSchema, resealArchive);
