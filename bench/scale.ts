/**
 * The tables of docs/scale.md: what a nightly backup of a size takes and costs on AWS, and which limit it meets first, from
 * constants of the code, rates that were measured, and limits and prices that are published.
 * `node bench/scale.ts` prints them; a test holds the document to them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { costTable, limitTable, thresholdTable, timeTable } from './scale/tables.ts';

/** By the name that stands before each in docs/scale.md. */
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
