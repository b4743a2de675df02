import { importArchive } from '../../lib/operations/transfer/import-archive.ts';
import { doneSchema, holdSchema, taskHandler } from '../../lib/runtimes/lambda/task-handler.ts';

export const handler = taskHandler(holdSchema, importArchive, doneSchema);
