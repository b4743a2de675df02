import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { openArchiveForRestore } from '../lib/operations/restore/open-archive.ts';

export const handler = taskHandler(holdSchema, openArchiveForRestore);
