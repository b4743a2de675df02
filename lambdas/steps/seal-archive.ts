import { sealArchive } from '../../lib/operations/backup/seal-archive.ts';
import { doneSchema, holdSchema, taskHandler } from '../../lib/runtimes/lambda/task-handler.ts';

export const handler = taskHandler(holdSchema, sealArchive, doneSchema);
