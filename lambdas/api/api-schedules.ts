import { noticeRoutes } from '../../lib/api/routes/notices.ts';
import { retentionRoutes } from '../../lib/api/routes/retention.ts';
import { scheduleRoutes } from '../../lib/api/routes/schedules.ts';
import { httpHandler } from '../../lib/runtimes/lambda/http-handler.ts';

/** Schedules, retention and notices: when backups run by themselves, which ones stay, and who is told. */
export const routes = [...scheduleRoutes, ...noticeRoutes, ...retentionRoutes];

export const handler = httpHandler(routes);
