import { resealedPass, trustedPass } from '../../lib/operations/reseal/reseal-passes.ts';
import { verifyHandler } from '../../lib/runtimes/lambda/verify-handler.ts';

export const handler = verifyHandler(resealedPass, trustedPass);
