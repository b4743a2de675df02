/** The route tables of the functions that answer the API, as far as a gateway needs to know them. */
import { routes as accessRoutes } from '../../../lambdas/api-access.ts';
import { routes as archiveRoutes } from '../../../lambdas/api-archives.ts';
import { routes as backupRoutes } from '../../../lambdas/api-backups.ts';
import { routes as keyRoutes } from '../../../lambdas/api-keys.ts';
import { routes as scheduleRoutes } from '../../../lambdas/api-schedules.ts';
import { routes as uploadRoutes } from '../../../lambdas/api-uploads.ts';
import type { Route } from '../../api/route.ts';

/** The routes of each function. */
export const routeTables = {
  'api-backups': backupRoutes,
  'api-archives': archiveRoutes,
  'api-keys': keyRoutes,
  'api-uploads': uploadRoutes,
  'api-access': accessRoutes,
  'api-schedules': scheduleRoutes,
} as const satisfies Record<string, readonly Route[]>;

export type ApiFunction = keyof typeof routeTables;

export interface ApiRoute {
  readonly functionName: ApiFunction;
  /** ANY stands for all methods of a path. A gateway takes HEAD for GET nowhere by itself. */
  readonly method: Route['method'] | 'HEAD' | 'ANY';
  readonly path: string;
  /** Answers without a token. */
  readonly open: boolean;
}

interface Answered {
  readonly functionName: ApiFunction;
  readonly route: Route;
}

const methodsOf = (method: Route['method']): readonly ApiRoute['method'][] =>
  method === 'GET' ? ['GET', 'HEAD'] : [method];

/**
 * The rows of one path. A path that one function answers is one row, since a stack holds 500 resources: the function
 * itself refuses the methods that the path does not take. Without a token only what is meant is let through.
 */
const rowsOf = (answered: readonly Answered[]): ApiRoute[] => {
  const [first] = answered;
  if (first === undefined) return [];
  const { functionName, route } = first;
  if (answered.every((one) => one.functionName === functionName && one.route.needs !== undefined))
    return [{ functionName, method: 'ANY', path: route.path, open: false }];
  return answered.flatMap((one) =>
    methodsOf(one.route.method).map((method) => ({
      functionName: one.functionName,
      method,
      path: route.path,
      open: one.route.needs === undefined,
    })),
  );
};

const everyRoute: readonly Answered[] = (Object.keys(routeTables) as ApiFunction[]).flatMap((functionName) =>
  routeTables[functionName].map((route) => ({ functionName, route })),
);

export const apiRoutes: readonly ApiRoute[] = [
  ...Map.groupBy(everyRoute, ({ route }) => route.path).values(),
].flatMap(rowsOf);
