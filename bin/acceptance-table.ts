/**
 * Writes the last column of docs/acceptance.md: the tests whose names carry a row's id, as in `[K2]`. With `--check`
 * it only says whether the table is true. So a row is shown by what runs, and not by what somebody once wrote.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const document = `${root}docs/acceptance.md`;
const ID = /\[([A-Z]{1,4}\d{1,2})\]/g;

/** Test files, in order, by the ids their names carry. */
const testsByRow = (): Map<string, string[]> => {
  const rows = new Map<string, string[]>();
  for (const file of globSync('test/**/*{.test,.aws-test}.ts', { cwd: root }).sort())
    for (const [, id = ''] of readFileSync(`${root}${file}`, 'utf8').matchAll(ID)) {
      const files = rows.get(id) ?? [];
      if (!files.includes(file)) files.push(file);
      rows.set(id, files);
    }
  return rows;
};

const withTests = (text: string, rows: ReadonlyMap<string, readonly string[]>): string =>
  text.replaceAll(/^\| ([A-Z]{1,4}\d{1,2}) \|(.*)\|([^|]*)\|$/gm, (_line, id: string, middle: string) => {
    const links = (rows.get(id) ?? []).map(
      (file) => `[${file.replace(/^test\/|\.(aws-)?test\.ts$/g, '')}](../${file})`,
    );
    return `| ${id} |${middle}| ${links.join(', ')} |`;
  });

const before = readFileSync(document, 'utf8');
const rows = testsByRow();
const after = withTests(before, rows);
const unknown = [...rows.keys()].filter((id) => !after.includes(`\n| ${id} |`));
if (unknown.length > 0) {
  process.stderr.write(`tests carry ids that docs/acceptance.md does not list: ${unknown.join(', ')}\n`);
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
