import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { importArchive } from '../lib/operations/travel/import-archive.ts';

export const handler = taskHandler(holdSchema, importArchive);
