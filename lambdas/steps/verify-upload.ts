import { uploadedPass } from '../../lib/operations/transfer/import-archive.ts';
import { verifyHandler } from '../../lib/runtimes/lambda/verify-handler.ts';

export const handler = verifyHandler(uploadedPass);
