/**
 * The files of changes/: `node bin/changes.ts` names those that could not be gathered; `node bin/changes.ts gather
 * VERSION` puts them into CHANGELOG.md, above all other versions, and removes them. changes/README.md describes their
 * form.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const GROUPS = ['Added', 'Changed', 'Fixed', 'Security'] as const;
type Group = (typeof GROUPS)[number];

interface Change {
  readonly file: string;
  readonly group: Group;
  readonly text: string;
}

/** @throws Error that names the file and what is wrong with it */
const parseChange = (file: string, content: string): Change => {
  const [, word = '', text = ''] = /^(\w+): (\S.*)$/s.exec(content.trim()) ?? [];
  const group = GROUPS.find((known) => known === word);
  if (group === undefined)
    throw new Error(`${file} does not begin with one of ${GROUPS.join(', ')}, a colon and a sentence`);
  if (/^(#|- )/m.test(text)) throw new Error(`${file} has a heading or a list: write sentences`);
  return { file, group, text: text.replaceAll(/\s*\n\s*/g, ' ') };
};

const readChanges = (folder: string): Change[] =>
  readdirSync(folder)
    .filter((file) => file !== 'README.md')
    .sort()
    .map((file) => parseChange(file, readFileSync(join(folder, file), 'utf8')));

/** The section of one version. */
const sectionOf = (version: string, changes: readonly Change[]): string => {
  const groups = GROUPS.flatMap((group) => {
    const own = changes.filter((change) => change.group === group);
    return own.length === 0 ? [] : [`### ${group}\n\n${own.map(({ text }) => `- ${text}\n`).join('')}`];
  });
  return `## ${version}\n\n${groups.join('\n')}\n`;
};

const run = ([command, version]: readonly string[]): void => {
  const root = process.env.HOLDFAST_CHANGES_ROOT ?? fileURLToPath(new URL('..', import.meta.url));
  const folder = join(root, 'changes');
  const changes = readChanges(folder);
  if (command === undefined) return;
  if (command !== 'gather' || version === undefined || !/^\d+\.\d+\.\d+$/.test(version))
    throw new Error('usage: node bin/changes.ts [gather VERSION], as in gather 0.2.0');
  if (changes.length === 0) throw new Error('there is nothing in changes/ to gather');
  const path = join(root, 'CHANGELOG.md');
  const before = readFileSync(path, 'utf8');
  const at = before.indexOf('\n## ') + 1;
  if (at === 0)
    throw new Error('CHANGELOG.md has no section of a version, above which the new one would stand');
  writeFileSync(path, before.slice(0, at) + sectionOf(version, changes) + before.slice(at));
  for (const { file } of changes) rmSync(join(folder, file));
};

try {
  run(process.argv.slice(2));
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 1;
}
