/** The route tables of the functions that answer the API, as far as a gateway needs to know them. */
import { routes as archiveRoutes } from '../../lambdas/api-archives.ts';
import { routes as backupRoutes } from '../../lambdas/api-backups.ts';
import { routes as keyRoutes } from '../../lambdas/api-keys.ts';
import { routes as uploadRoutes } from '../../lambdas/api-uploads.ts';
import type { Route } from '../api/route.ts';

const tables = {
  'api-backups': backupRoutes,
  'api-archives': archiveRoutes,
  'api-keys': keyRoutes,
  'api-uploads': uploadRoutes,
} as const satisfies Record<string, readonly Route[]>;

export type ApiDuty = keyof typeof tables;

export interface ApiRoute {
  readonly duty: ApiDuty;
  /** A gateway takes HEAD for GET nowhere by itself. */
  readonly method: Route['method'] | 'HEAD';
  readonly path: string;
  /** Answers without a token. */
  readonly open: boolean;
}

const methodsOf = (method: Route['method']): readonly ApiRoute['method'][] =>
  method === 'GET' ? ['GET', 'HEAD'] : [method];

export const apiRoutes: readonly ApiRoute[] = (Object.keys(tables) as ApiDuty[]).flatMap((duty) =>
  tables[duty].flatMap(({ method, path, open = false }) =>
    methodsOf(method).map((one) => ({ duty, method: one, path, open })),
  ),
);
