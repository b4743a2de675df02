import { archiveRoutes } from '../lib/api/routes/archives.ts';
import { backupRoutes } from '../lib/api/routes/backups.ts';
import { installationRoutes } from '../lib/api/routes/installation.ts';
import { httpHandler } from '../lib/hosts/http-handler.ts';

/** Starts, lists, shows and ends operations; opens no archive. */
export const routes = [...backupRoutes, ...installationRoutes([...backupRoutes, ...archiveRoutes])];

export const handler = httpHandler(routes);
