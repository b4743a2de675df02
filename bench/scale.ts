/**
 * The tables of docs/scale.md: what a nightly backup of a size takes and costs on AWS, and which limit it meets first,
 * from constants of the code, measured rates, and published limits and prices. `node bench/scale.ts` prints them; a
 * test checks that the document has the same.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { costTable, limitTable, thresholdTable, timeTable } from './scale/tables.ts';

/** The tables by the name that precedes each in docs/scale.md. */
export const generated: Readonly<Record<string, () => string>> = {
  times: timeTable,
  costs: costTable,
  limits: limitTable,
  thresholds: thresholdTable,
};

/** docs/scale.md with its tables as they are now. */
export const withTables = (text: string): string =>
  text.replaceAll(
    /(<!-- (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (whole, begin: string, name: string, end: string) => {
      const table = generated[name];
      return table === undefined ? whole : `${begin}${table()}\n${end}`;
    },
  );

if (import.meta.main) {
  const document = fileURLToPath(new URL('../docs/scale.md', import.meta.url));
  if (process.argv.includes('--write')) writeFileSync(document, withTables(readFileSync(document, 'utf8')));
  else for (const [name, table] of Object.entries(generated)) process.stdout.write(`${name}\n${table()}\n\n`);
}
