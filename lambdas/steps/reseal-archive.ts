import { resealArchive } from '../../lib/operations/reseal/reseal-archive.ts';
import { doneSchema, holdSchema, taskHandler } from '../../lib/runtimes/lambda/task-handler.ts';

export const handler = taskHandler(holdSchema, resealArchive, doneSchema);
