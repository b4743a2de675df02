/**
 * `node bin/check-definitions.ts [folder]`: refuses state machines that are malformed, that the local interpreter would
 * run differently from Step Functions, or whose states retry other errors than their functions' rows say. Part of `npm
 * run check`. With `--write` it first writes the retries into the states; part of `npm run fix`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import validate from 'asl-validator';
import { stepHandlers } from '../lambdas/step-handlers.ts';
import { retrierFindings, writeRetriers } from '../lib/infra/functions/retriers.ts';
import { definitionFindings } from '../lib/runtimes/server/workflow/definition-check.ts';

const root = join(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const folder = positionals[0] ?? join(root, 'statemachines');

const functions = new Set(Object.keys(stepHandlers));

const findingsIn = (file: string): string[] => {
  const text = readFileSync(join(folder, file), 'utf8');
  let definition: unknown;
  try {
    definition = JSON.parse(text);
  } catch (error) {
    return [String(error)];
  }
  // The validator needs ARNs, and changes its input.
  const withArns = text.replace(/\$\{(\w+)Arn\}/g, 'arn:aws:lambda:eu-central-1:123456789012:function:$1');
  const { isValid, errorsText } = validate(JSON.parse(withArns));
  return [
    ...(isValid ? [] : errorsText('\n').split('\n')),
    ...definitionFindings(definition, functions),
    ...retrierFindings(definition),
  ];
};

const files = readdirSync(folder).filter((file) => file.endsWith('.asl.json'));
if (values.write)
  for (const file of files) {
    const definition: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    writeRetriers(definition);
    writeFileSync(join(folder, file), `${JSON.stringify(definition, undefined, 2)}\n`);
  }
const findings = files.flatMap((file) => findingsIn(file).map((finding) => `${file}: ${finding}`));
for (const finding of findings) console.error(finding);
if (findings.length > 0) process.exitCode = 1;
else if (files.length === 0) {
  console.error(`there is no *.asl.json in ${folder}`);
  process.exitCode = 1;
} else console.log(`${files.length} state machines are fit: ${files.join(', ')}`);
