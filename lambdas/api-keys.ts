import { keyRoutes } from '../lib/api/routes/keys.ts';
import { httpHandler } from '../lib/hosts/http-handler.ts';

/** Backup keys and verify keys; may wrap and unwrap. */
export const routes = keyRoutes;

export const handler = httpHandler(routes);
