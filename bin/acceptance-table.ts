/**
 * Writes the last two columns of docs/acceptance.md: on which hosts a row was shown, and by which tests. The tests are
 * those whose names contain the row's id, as in `[K2]`; their folder says what they run on. With `--check` it only says
 * whether the table is true. So a row claims what is really tested; a note of what is left out follows the hosts,
 * written by hand.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const document = `${root}docs/acceptance.md`;
const ID = /\[([A-Z]{1,4}\d{1,2})\]/g;

/** What tests run on, by their path; the first pattern that fits. */
const grounds = [
  [
    'embedded',
    /^test\/(api|cases|client|console|cli|components|model|operations|contract|runtimes|adapters\/(any|local))\/|^test\/readme/,
  ],
  ['aws: emulator', /\.aws-test\.ts$/],
  ['aws: template', /^test\/infra\//],
  ['aws: unit', /^test\/adapters\/aws\//],
  ['format', /^test\/(archive|hostile|campaign)\//],
] as const;

const groundOf = (file: string): string => {
  const [ground] = grounds.find(([, where]) => where.test(file)) ?? [];
  if (ground === undefined) throw new Error(`bin/acceptance-table.ts does not know what ${file} runs on`);
  return ground;
};

const IMPORT = /from '(\.{1,2}\/[\w./-]+\.ts)'/g;
/**
 * Suites that several tests run, and the parts of the one test that deploys: the rows in them count for the tests that
 * run them.
 */
const SUITE = /^test\/(acceptance|aws-deploy)\/[\w/-]+\.ts$/;

const withSuites = (file: string): string => {
  const text = readFileSync(`${root}${file}`, 'utf8');
  const suites = [...text.matchAll(IMPORT)]
    .map(([, path = '']) => posix.join(posix.dirname(file), path))
    .filter((path) => SUITE.test(path) && existsSync(`${root}${path}`));
  return [text, ...suites.map(withSuites)].join('\n');
};

/** Test files, in order, by the ids in the names of their tests. */
const testsByRow = (): Map<string, string[]> => {
  const rows = new Map<string, string[]>();
  for (const file of globSync('test/**/*{.test,.aws-test}.ts', { cwd: root }).sort()) {
    for (const [, id = ''] of withSuites(file).matchAll(ID)) {
      const files = rows.get(id) ?? [];
      if (!files.includes(file)) files.push(file);
      rows.set(id, files);
    }
  }
  return rows;
};

const names: ReadonlySet<string> = new Set(grounds.map(([ground]) => ground));
const notesOf = (cell: string): string[] =>
  cell
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '' && !names.has(part));

const withTests = (text: string, rows: ReadonlyMap<string, readonly string[]>): string =>
  text.replaceAll(
    /^\| ([A-Z]{1,4}\d{1,2}) \|(.*)\|([^|]*)\|[^|]*\|$/gm,
    (_line, id: string, what: string, far: string) => {
      const files = rows.get(id) ?? [];
      const shown = grounds
        .map(([ground]) => ground)
        .filter((ground) => files.some((file) => groundOf(file) === ground));
      const links = files.map((file) => `[${file.replace(/^test\/|\.(aws-)?test\.ts$/g, '')}](../${file})`);
      return `| ${id} |${what}| ${[...shown, ...notesOf(far)].join('; ')} | ${links.join(', ')} |`;
    },
  );

const before = readFileSync(document, 'utf8');
const rows = testsByRow();
const after = withTests(before, rows);
const unknown = [...rows.keys()].filter((id) => !after.includes(`\n| ${id} |`));
if (unknown.length > 0) {
  process.stderr.write(`tests carry ids that docs/acceptance.md does not list: ${unknown.join(', ')}\n`);
  process.exitCode = 1;
}
const ids = [...after.matchAll(/^\| ([A-Z]{1,4}\d{1,2}) \|/gm)].map(([, id]) => id);
const twice = ids.filter((id, index) => ids.indexOf(id) < index);
if (twice.length > 0) {
  process.stderr.write(`docs/acceptance.md has rows twice: ${twice.join(', ')}\n`);
  process.exitCode = 1;
}

/** What asks a whole installation that is deployed, over HTTP. */
const DEPLOYED = 'test/aws-deploy/deployed.aws-test.ts';
/** Rows that are tested on the embedded host and not on the deployed one. Each has its reason, written by hand. */
const notAsked = ids.filter((id = '') => {
  const files = rows.get(id) ?? [];
  return files.some((file) => groundOf(file) === 'embedded') && !files.includes(DEPLOYED);
});
const explained = [...after.matchAll(/^\| row ([A-Z]{1,4}\d{1,2}) \| \S.* \|$/gm)].map(([, id]) => id);
const unexplained = notAsked.filter((id) => !explained.includes(id));
const needless = explained.filter((id) => !notAsked.includes(id));
for (const [ids, what] of [
  [
    unexplained,
    'are asked of the embedded host only: ask the deployed one, or say in docs/acceptance.md why not',
  ],
  [needless, 'have a reason in docs/acceptance.md for not being asked of the deployed host, and need none'],
] as const)
  if (ids.length > 0) {
    process.stderr.write(`rows ${ids.join(', ')} ${what}\n`);
    process.exitCode = 1;
  }
if (!process.argv.includes('--check')) {
  writeFileSync(document, after);
} else if (after !== before) {
  process.stderr.write(
    'docs/acceptance.md does not say what the tests say: run node bin/acceptance-table.ts\n',
  );
  process.exitCode = 1;
}
