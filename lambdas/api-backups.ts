import { archiveRoutes } from '../lib/api/routes/archives.ts';
import { backupRoutes } from '../lib/api/routes/backups.ts';
import { installationRoutes } from '../lib/api/routes/installation.ts';
import { keyRoutes } from '../lib/api/routes/keys.ts';
import { uploadRoutes } from '../lib/api/routes/uploads.ts';
import { httpHandler } from '../lib/hosts/http-handler.ts';

/** Starts, lists, shows and ends operations; opens no archive. */
export const routes = [
  ...backupRoutes,
  ...installationRoutes([...backupRoutes, ...archiveRoutes, ...keyRoutes, ...uploadRoutes]),
];

export const handler = httpHandler(routes);
