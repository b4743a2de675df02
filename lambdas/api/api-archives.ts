import { archiveRoutes } from '../../lib/api/routes/archives.ts';
import { httpHandler } from '../../lib/runtimes/lambda/http-handler.ts';

/** Opens archives: contents, single files, restores, verifications. */
export const routes = archiveRoutes;

export const handler = httpHandler(routes);
