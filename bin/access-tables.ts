/**
 * Writes the tables of docs/access.md and docs/page.md from the permissions, the roles and the routes themselves. With
 * `--check` it only says whether they are true.
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

const sortedRoutes = (): readonly DescribedRoute[] => {
  const all: readonly DescribedRoute[] = [...everyRoute, ...byteRoutes];
  return all.toSorted((a, b) => (`${a.path} ${a.method}` < `${b.path} ${b.method}` ? -1 : 1));
};

const routesTable = (): string =>
  table(
    ['request', 'needs'],
    sortedRoutes().map(({ method, path, needs, alsoNeeds }) => [
      `\`${method} ${path}\``,
      [
        needs === undefined ? 'nothing' : `\`${needs}\``,
        ...(alsoNeeds === undefined ? [] : [alsoNeeds]),
      ].join('. '),
    ]),
  );

/** First what is always asked for a proof, then what is sometimes, then what never is. */
const proofsTable = (): string => {
  const rows = sortedRoutes().flatMap(({ method, path, freshProof }) => {
    if (freshProof === undefined) return [];
    const { asked, why } = freshProof;
    const [rank, when] =
      asked === 'always' ? [0, 'yes'] : asked === 'never' ? [2, 'no'] : [1, `where ${asked.when}`];
    return [{ rank, cells: [`\`${method} ${path}\``, when, why] }];
  });
  const ordered = rows.toSorted((a, b) => a.rank - b.rank);
  return table(
    ['request', 'wants a proof', 'because'],
    ordered.map(({ cells }) => cells),
  );
};

const tables: Readonly<Record<string, () => string>> = {
  roles: rolesTable,
  routes: routesTable,
  proofs: proofsTable,
};

for (const name of ['access.md', 'page.md']) {
  const document = fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
  const before = readFileSync(document, 'utf8');
  const after = before.replaceAll(
    /(<!-- (\w+): written by bin\/access-tables.ts -->\n)[\s\S]*?(\n<!-- end -->)/g,
    (_all, begin: string, which: string, end: string) => `${begin}${tables[which]?.() ?? ''}${end}`,
  );
  if (!process.argv.includes('--check')) writeFileSync(document, after);
  else if (after !== before) {
    process.stderr.write(`docs/${name} does not say what the routes say: run node bin/access-tables.ts\n`);
    process.exitCode = 1;
  }
}
