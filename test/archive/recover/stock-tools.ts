/** Recovers an archive with age, zstd and GNU tar alone, by the commands of RECOVER.md. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testWith } from '../../tools/debian-tools.ts';
import type { EngineArchive } from '../samples/engine-archive.ts';

/** `test` when these tools are available. */
export const testWithStockTools = testWith('tar', 'age', 'zstd');

/** Extracts a tar component into `target`. @throws when one of the tools reports a fault */
export const extractByHand = (
  { sinks, identity }: Pick<EngineArchive, 'sinks' | 'identity'>,
  component: string,
  folder: string,
): string => {
  const segments = join(folder, 'segments');
  const target = join(folder, 'restored');
  for (const made of [segments, target]) mkdirSync(made);
  writeFileSync(join(folder, 'key'), `${identity}\n`);
  const { members, bytes } = sinks[component] ?? { members: [], bytes: [] };
  for (const [index, { name }] of members.entries())
    if (name.startsWith('components/'))
      writeFileSync(join(segments, name.split('/').at(-1) ?? ''), bytes[index] ?? '');
  const open = 'for f in $(ls segments | sort -n); do age -d -i key segments/"$f" | zstd -dc; done';
  const how = '--numeric-owner --ignore-zeros --delay-directory-restore';
  const extract = `tar -C restored ${how} --warning=no-timestamp --warning=no-unknown-keyword -xpf -`;
  const { status, stderr } = spawnSync('bash', ['-c', `set -euo pipefail; ${open} | ${extract}`], {
    cwd: folder,
    encoding: 'utf8',
  });
  // The commands stop at any complaint of tar.
  if (status !== 0 || stderr !== '') throw new Error(`extracted by hand: ${status} ${stderr}`);
  return target;
};
