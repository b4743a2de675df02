/** Every function that answers the API, with the routes that it answers. The page's files and the authorizer have no routes. */

import type { Route } from '../lib/api/route.ts';
import * as access from './api/api-access.ts';
import * as archives from './api/api-archives.ts';
import * as backups from './api/api-backups.ts';
import * as keys from './api/api-keys.ts';
import * as schedules from './api/api-schedules.ts';
import * as uploads from './api/api-uploads.ts';

export const apiHandlers = {
  'api-archives': archives,
  'api-keys': keys,
  'api-uploads': uploads,
  'api-access': access,
  'api-schedules': schedules,
  'api-backups': backups,
} as const;

export type ApiFunctionName = keyof typeof apiHandlers;
export const apiFunctionNames = Object.keys(apiHandlers) as ApiFunctionName[];

/** Every route that both hosts answer. The embedded host streams bytes beside them: lib/api/routes/bytes.ts. */
export const everyRoute = Object.values(apiHandlers).flatMap(({ routes }): readonly Route[] => routes);
