import { holdSchema, taskHandler } from '../lib/hosts/task-handler.ts';
import { completeReseal } from '../lib/operations/travel/complete-reseal.ts';

export const handler = taskHandler(holdSchema, completeReseal);
