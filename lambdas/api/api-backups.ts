import { accessRoutes } from '../../lib/api/routes/access.ts';
import { archiveRoutes } from '../../lib/api/routes/archives.ts';
import { backupRoutes } from '../../lib/api/routes/backups.ts';
import { domainRoutes } from '../../lib/api/routes/domains.ts';
import { installationRoutes } from '../../lib/api/routes/installation.ts';
import { keyRoutes } from '../../lib/api/routes/keys.ts';
import { monitoringRoutes } from '../../lib/api/routes/monitoring.ts';
import { noticeRoutes } from '../../lib/api/routes/notices.ts';
import { retentionRoutes } from '../../lib/api/routes/retention.ts';
import { scheduleRunRoutes } from '../../lib/api/routes/schedule-runs.ts';
import { scheduleRoutes } from '../../lib/api/routes/schedules.ts';
import { triggerRoutes } from '../../lib/api/routes/triggers.ts';
import { uploadRoutes } from '../../lib/api/routes/uploads.ts';
import { httpHandler } from '../../lib/runtimes/lambda/http-handler.ts';

/**
 * Routes of the other functions. The gateway sends requests that fit no route here, and they are refused as they would
 * be there.
 */
const others = [
  ...accessRoutes,
  ...archiveRoutes,
  ...keyRoutes,
  ...domainRoutes,
  ...uploadRoutes,
  ...scheduleRoutes,
  ...noticeRoutes,
  ...retentionRoutes,
];

const own = [...backupRoutes, ...scheduleRunRoutes, ...triggerRoutes, ...monitoringRoutes];

/** Starts, lists, shows and ends operations; opens no archive. */
export const routes = [...own, ...installationRoutes([...own, ...others])];

export const handler = httpHandler(routes, others);
