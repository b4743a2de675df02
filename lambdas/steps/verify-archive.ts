import { sealedPass } from '../../lib/operations/backup/sealed-pass.ts';
import { verifyHandler } from '../../lib/runtimes/lambda/verify-handler.ts';

export const handler = verifyHandler(sealedPass);
