/**
 * Writes the tables of docs/access.md from the permissions, the roles and the routes themselves. With `--check` it only
 * says whether they are true.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { everyRoute } from '../lambdas/api-handlers.ts';
import type { DescribedRoute } from '../lib/api/route.ts';
import { byteRoutes } from '../lib/api/routes/bytes.ts';
import {
  allPermissions,
  ofInstallation,
  type Permission,
  permissions,
  roleNames,
  roles,
} from '../lib/model/access/permissions.ts';

const document = fileURLToPath(new URL('../docs/access.md', import.meta.url));

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(titles), row(titles.map(() => '---')), ...rows.map(row)].join('\n');

const rolesTable = (): string =>
  table(
    ['permission', 'allows to', ...roleNames.map((name) => name.replace('-', '- '))],
    allPermissions.map((one) => [
      `\`${one}\`${ofInstallation.includes(one) ? ' *' : ''}`,
      permissions[one],
      ...roleNames.map((name) => ((roles[name] as readonly Permission[]).includes(one) ? 'yes' : '-')),
    ]),
  );

const routesTable = (): string => {
  const all: readonly DescribedRoute[] = [...everyRoute, ...byteRoutes];
  const sorted = all.toSorted((a, b) => (`${a.path} ${a.method}` < `${b.path} ${b.method}` ? -1 : 1));
  return table(
    ['request', 'needs'],
    sorted.map(({ method, path, needs, alsoNeeds }) => [
      `\`${method} ${path}\``,
      [
        needs === undefined ? 'nothing' : `\`${needs}\``,
        ...(alsoNeeds === undefined ? [] : [alsoNeeds]),
      ].join('. '),
    ]),
  );
};

const tables: Readonly<Record<string, () => string>> = { roles: rolesTable, routes: routesTable };

const before = readFileSync(document, 'utf8');
const after = before.replaceAll(
  /(<!-- (\w+): written by bin\/access-tables.ts -->\n)[\s\S]*?(\n<!-- end -->)/g,
  (_all, begin: string, name: string, end: string) => `${begin}${tables[name]?.() ?? ''}${end}`,
);
if (!process.argv.includes('--check')) writeFileSync(document, after);
else if (after !== before) {
  process.stderr.write('docs/access.md does not say what the routes say: run node bin/access-tables.ts\n');
  process.exitCode = 1;
}
