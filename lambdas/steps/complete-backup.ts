import { completeBackup } from '../../lib/operations/backup/complete-backup.ts';
import { operating } from '../../lib/runtimes/lambda/operating.ts';
import { doneSchema, holdSchema, taskHandler } from '../../lib/runtimes/lambda/task-handler.ts';

export const handler = taskHandler(holdSchema, operating(completeBackup), doneSchema);
