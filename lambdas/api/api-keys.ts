import { domainRoutes } from '../../lib/api/routes/domains.ts';
import { keyRoutes } from '../../lib/api/routes/keys.ts';
import { httpHandler } from '../../lib/runtimes/lambda/http-handler.ts';

/** Backup keys and verify keys, and domains, which have keys of their own; may wrap and unwrap. */
export const routes = [...keyRoutes, ...domainRoutes];

export const handler = httpHandler(routes);
