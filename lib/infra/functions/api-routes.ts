/** The route tables of the functions that answer the API, as far as a gateway needs to know them. */
import { type ApiFunctionName, apiFunctionNames, apiHandlers } from '../../../lambdas/api-handlers.ts';
import type { Route } from '../../api/route.ts';

export interface ApiRoute {
  readonly functionName: ApiFunctionName;
  /** ANY means all methods of a path. A gateway does not treat HEAD as GET by itself. */
  readonly method: Route['method'] | 'HEAD' | 'ANY';
  readonly path: string;
  /** Whether the path answers without a token. */
  readonly open: boolean;
}

interface Answered {
  readonly functionName: ApiFunctionName;
  readonly route: Route;
}

const methodsOf = (method: Route['method']): readonly ApiRoute['method'][] =>
  method === 'GET' ? ['GET', 'HEAD'] : [method];

/**
 * The rows of one path. A path that one function answers is one row, since a stack holds 500 resources: the function
 * itself refuses the methods that the path does not take. Open routes have rows of their own, so that no other method
 * passes without a token.
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

const everyRoute: readonly Answered[] = apiFunctionNames.flatMap((functionName) =>
  apiHandlers[functionName].routes.map((route) => ({ functionName, route })),
);

export const apiRoutes: readonly ApiRoute[] = [
  ...Map.groupBy(everyRoute, ({ route }) => route.path).values(),
].flatMap(rowsOf);
