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
const hosts = '^lib/hosts/';
const lambdas = '^lambdas/';

/** Within a floor, too: a room uses those before it. */
const rooms = (floorPath, names, ...exceptions) => {
  const paths = names.map((name) => `${floorPath}${name}/`);
  return paths.map((path, index) => ({
    name: `${floorPath.slice(1)}${names[index]}-imports-down-only`,
    severity: 'error',
    from: { path, pathNot: exceptions },
    to: { path: `${floorPath}[^/]+/`, pathNot: paths.slice(0, index + 1) },
  }));
};
const archiveRooms = rooms(archive, [
  'tar',
  'age',
  'zstd',
  'target',
  'keys',
  'container',
  'segments',
  '(capture|extract)',
  'verify',
]);
const operationRooms = rooms(
  operations,
  ['workflow', 'keys', 'archives', 'backup', '(restore|travel)', 'installation'],
  // The one place that knows how each kind of operation ends, so that all the others need not.
  '/workflow/end-operation\\.ts$',
);

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
    floor('api', api, [operations, components, ports, model, archive]),
    floor('aws-host', '^lib/hosts/aws/', ['^lib/hosts/[^/]+\\.ts$', components, ports, model, archive]),
    floor('embedded-host', '^lib/hosts/embedded/', [
      '^lib/hosts/[^/]+\\.ts$',
      lambdas,
      api,
      operations,
      components,
      ports,
      model,
      archive,
    ]),
    floor('lambdas', lambdas, [
      '^lib/hosts/[^/]+\\.ts$',
      '^lib/hosts/aws/',
      api,
      operations,
      components,
      ports,
      model,
      archive,
    ]),
    floor('cli', '^lib/cli/', [hosts, model, archive]),
    // The route tables are the gateway's, too; and the kinds of record are what rights on the catalog are given by.
    floor('infra', '^lib/infra/', [
      '^lambdas/api-[^/]+\\.ts$',
      '^lib/api/route\\.ts$',
      '^lib/ports/catalog\\.ts$',
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
      name: 'aws-sdk-in-the-aws-host-only',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/(hosts/aws|infra)/' },
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
