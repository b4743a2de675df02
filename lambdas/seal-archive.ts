import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { sealArchive } from '../lib/operations/backup/seal-archive.ts';

export const handler = taskHandler(holdSchema, sealArchive);
