import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { sealArchive } from '../lib/operations/seal-archive.ts';

export const handler = taskHandler(holdSchema, sealArchive);
