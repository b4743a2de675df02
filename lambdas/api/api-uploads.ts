import { uploadRoutes } from '../../lib/api/routes/uploads.ts';
import { httpHandler } from '../../lib/runtimes/lambda/http-handler.ts';

/** Takes archives in; opens none. */
export const routes = uploadRoutes;

export const handler = httpHandler(routes);
