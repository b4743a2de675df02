import { requestedPass } from '../../lib/operations/verify/verify-backup.ts';
import { verifyHandler } from '../../lib/runtimes/lambda/verify-handler.ts';

export const handler = verifyHandler(requestedPass);
