/** bin/changes.ts, run on a temporary folder. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { temporaryFolders } from './adapters/local/temporary-folder.ts';

const program = fileURLToPath(new URL('../bin/changes.ts', import.meta.url));
const newFolder = temporaryFolders();

const lay = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const root = await newFolder();
  mkdirSync(join(root, 'changes'));
  writeFileSync(join(root, 'CHANGELOG.md'), '# Changelog\n\n## 0.1.0\n\n- The first.\n');
  writeFileSync(join(root, 'changes/README.md'), 'How.\n');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'changes', name), text);
  return root;
};
const run = (root: string, ...args: string[]) =>
  spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
    env: { ...process.env, HOLDFAST_CHANGES_ROOT: root },
    encoding: 'utf8',
  });

describe('the changes that wait for a release', () => {
  test('are gathered by their kind, above the earlier versions, and removed', async () => {
    const root = await lay({
      'b.md': 'Fixed: Two lines\nof one sentence.\n',
      'a.md': 'Fixed: The first.\n',
      'c.md': 'Added: A page.\n',
    });
    expect(run(root).status).toBe(0);
    expect(run(root, 'gather', '0.2.0').status).toBe(0);
    expect(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')).toBe(
      '# Changelog\n\n## 0.2.0\n\n### Added\n\n- A page.\n\n### Fixed\n\n- The first.\n- Two lines of one sentence.\n\n## 0.1.0\n\n- The first.\n',
    );
    expect(readdirSync(join(root, 'changes'))).toEqual(['README.md']);
    expect(run(root, 'gather', '0.3.0').stderr).toBe('there is nothing in changes/ to gather\n');
  });

  test.each([
    ['Mended: Something.', 'does not begin with'],
    ['Fixed:', 'does not begin with'],
    ['Fixed: One.\n\n- and another', 'has a heading or a list'],
    ['Fixed: One.\n# Two', 'has a heading or a list'],
  ])('are refused by name where they have another form: %j', async (text, sentence) => {
    const root = await lay({ 'odd-change.md': text });
    for (const args of [[], ['gather', '0.2.0']]) {
      const { status, stderr } = run(root, ...args);
      expect(status).toBe(1);
      expect(stderr).toContain(`odd-change.md ${sentence}`);
    }
    expect(readdirSync(join(root, 'changes'))).toContain('odd-change.md');
  });

  test('want a version of three numbers', async () => {
    expect(run(await lay({}), 'gather', 'next').stderr).toContain('usage:');
  });
});
