/**
 * Whether the house stays in parts that are read at once: no file of the product beyond 300 lines, and no folder beyond
 * 14 files of code without a reason here. The size of functions is a rule of biome.json.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

const MOST_LINES = 300;
const MOST_FILES = 14;

/** Folders that stay whole, and why. One that needs its reason no longer is named, too. */
const reasons: Readonly<Record<string, string>> = {
  'bench/': 'one file a measurement; what several of them share stands beside them',
  'lambdas/steps/': 'one file a function, whose name is that of the function and of its state',
  'lib/api/routes/': 'one file a resource of the API',
  'lib/cli/commands/backup/': 'one file a command of the group, gathered in backup-commands.ts',
  'lib/model/records/': 'one file a kind of record, gathered in lib/ports/catalog/records.ts',
  'test/components/postgres/': 'one file a behaviour of the kind; they share servers and samples',
  'test/console/': 'one file a journey on the page; they share the browser',
  'test/hostile/corpus/': 'one file a part of the format that a hostile archive can lie about',
  'test/hostile/fuzz/': 'one file a campaign, and what they make input of',
  'test/infra/': 'one file a subject of the one construct',
};

const code = (pattern: string): string[] =>
  globSync(pattern, {
    exclude: (path) => path.includes('node_modules') || path.includes('generated-clients'),
  });

const long = code('{bench,bin,lambdas,lib}/**/*.{ts,tsx}')
  .map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
  .filter(({ lines }) => lines > MOST_LINES)
  .map(({ file, lines }) => `${file} has ${lines} lines: part it, so that none has more than ${MOST_LINES}`);

const files = new Map<string, number>();
for (const file of code('{bench,bin,lambdas,lib,test}/**/*.{ts,tsx}')) {
  const folder = `${dirname(file)}/`;
  files.set(folder, (files.get(folder) ?? 0) + 1);
}
const crowded = [...files]
  .filter(([folder, count]) => count > MOST_FILES && reasons[folder] === undefined)
  .map(
    ([folder, count]) =>
      `${folder} has ${count} files: part it by what they are about, or give bin/check-rooms.ts its reason`,
  );
const needless = Object.keys(reasons)
  .filter((folder) => (files.get(folder) ?? 0) <= MOST_FILES)
  .map((folder) => `${folder} needs no reason any more: take it out of bin/check-rooms.ts`);

for (const fault of [...long, ...crowded, ...needless]) console.error(fault);
process.exitCode = [...long, ...crowded, ...needless].length > 0 ? 1 : 0;
