/** The floors of the house: an import goes down or stays on its floor, never up. */
const floor = (name, path, mayUse) => ({
  name: `${name}-imports-down-only`,
  severity: 'error',
  from: { path },
  to: { path: '^(lib|lambdas|bin|test|bench)/', pathNot: [path, ...mayUse] },
});

const archive = '^lib/archive/';
const model = '^lib/model/';
const ports = '^lib/ports/';
const components = '^lib/components/';
const operations = '^lib/operations/';
const api = '^lib/api/';
const adapters = '^lib/adapters/';
const runtimes = '^lib/runtimes/';
const lambdas = '^lambdas/';
const client = '^lib/client/';

/** Within a floor, too: a room uses those before it. */
const rooms = (floorPath, names) => {
  const paths = names.map((name) => `${floorPath}${name}/`);
  return paths.map((path, index) => ({
    name: `${floorPath.slice(1)}${names[index]}-imports-down-only`,
    severity: 'error',
    from: { path },
    to: { path: `${floorPath}[^/]+/`, pathNot: paths.slice(0, index + 1) },
  }));
};
const archiveRooms = rooms(archive, [
  'tar',
  'age',
  'zstd',
  'destination',
  'keys',
  'layout',
  'writer',
  'contents',
  'reader',
  'threads',
  '(capture|extract)',
  'verify',
]);
const operationRooms = rooms(operations, [
  'task',
  'audit',
  'engine',
  'access',
  'approval',
  'keys',
  'stored',
  'verify',
  'backup',
  '(restore|transfer|reseal)',
  'schedules',
  'triggers',
  'retention',
  'notices',
  'upkeep',
]);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    floor('archive', archive, []),
    ...archiveRooms,
    floor('model', model, [archive]),
    floor('ports', ports, [model, archive]),
    floor('components', components, [ports, model, archive]),
    floor('operations', operations, [components, ports, model, archive]),
    ...operationRooms,
    {
      name: 'operations-know-no-kind-by-name',
      severity: 'error',
      from: { path: `${operations}[^/]+/` },
      to: { path: `${operations}kinds\\.ts$` },
    },
    floor('api', api, [operations, components, ports, model, archive]),
    floor('adapters', adapters, [components, ports, model, archive]),
    ...rooms(adapters, ['any', '(aws|local)']),
    floor('runtimes', runtimes, [lambdas, api, adapters, operations, components, ports, model, archive]),
    ...rooms(runtimes, ['lambda', 'server']),
    floor('lambdas', lambdas, ['^lib/runtimes/lambda/', api, operations, components, ports, model, archive]),
    // What runs in a browser talks to the API, and shares with the server what is talked about alone.
    floor('console', '^lib/console/', [client, model, archive]),
    floor('cli', '^lib/cli/', [client, runtimes, adapters, model, archive]),
    floor('client', client, [model, archive]),
    {
      // It runs in a browser: of the records it knows the types alone, since their schemas would come with zod.
      name: 'client-takes-types-alone',
      severity: 'error',
      from: { path: client },
      to: { pathNot: [client], dependencyTypesNot: ['type-only'] },
    },
    // The route tables are the gateway's, too; and the kinds of record are what rights on the catalog are given by.
    floor('infra', '^lib/infra/', [
      '^lambdas/api-handlers\\.ts$',
      '^lib/api/route\\.ts$',
      '^lib/ports/catalog/records\\.ts$',
      '^lib/components/aws-rights\\.ts$',
      '^lib/components/[^/]+/aws-rights\\.ts$',
      model,
      archive,
    ]),
    {
      name: 'infra-never-runs',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/infra/' },
      to: { path: '^lib/infra/' },
    },
    {
      name: 'aws-sdk-in-the-aws-adapters-only',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/(adapters/aws|infra)/' },
      to: { path: 'node_modules/@aws-sdk/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: { pathNot: '^test/fixtures/generated-clients/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
