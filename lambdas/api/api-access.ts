import { accessRoutes } from '../../lib/api/routes/access.ts';
import { httpHandler } from '../../lib/runtimes/lambda/http-handler.ts';

/**
 * Who may do what: tokens, people, sessions and approvals; and who did what: the audit trail. Reads no archive and no
 * source.
 */
export const routes = accessRoutes;

export const handler = httpHandler(routes);
