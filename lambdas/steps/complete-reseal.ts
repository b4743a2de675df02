import { completeReseal } from '../../lib/operations/reseal/reseal-archive.ts';
import { operating } from '../../lib/runtimes/lambda/operating.ts';
import { holdSchema, taskHandler } from '../../lib/runtimes/lambda/task-handler.ts';

export const handler = taskHandler(holdSchema, operating(completeReseal));
