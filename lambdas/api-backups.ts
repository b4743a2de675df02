import { archiveRoutes } from '../lib/api/routes/archives.ts';
import { backupRoutes } from '../lib/api/routes/backups.ts';
import { installationRoutes } from '../lib/api/routes/installation.ts';
import { keyRoutes } from '../lib/api/routes/keys.ts';
import { uploadRoutes } from '../lib/api/routes/uploads.ts';
import { httpHandler } from '../lib/hosts/http-handler.ts';

/** Answered by the other functions; what the gateway finds at no route comes here, and is refused as it would be there. */
const others = [...archiveRoutes, ...keyRoutes, ...uploadRoutes];

/** Starts, lists, shows and ends operations; opens no archive. */
export const routes = [...backupRoutes, ...installationRoutes([...backupRoutes, ...others])];

export const handler = httpHandler(routes, others);
