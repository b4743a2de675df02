/** PostgreSQL's client programs on this machine, and which of them work with a server. */
import { execFile } from 'node:child_process';
import { readdir, realpath } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { HoldfastError } from '../../../model/errors.ts';

/** pg_dump, pg_restore and psql of one release, in one folder. */
export interface ClientTools {
  readonly folder: string;
  readonly version: string;
  readonly major: number;
}

const NAMES = ['pg_dump', 'pg_restore', 'psql'] as const;
export type ToolName = (typeof NAMES)[number];

const foldersBelow = async (parent: string, pattern: RegExp): Promise<string[]> => {
  const names = await readdir(parent).catch(() => []);
  return names.filter((name) => pattern.test(name)).map((name) => join(parent, name, 'bin'));
};

/** Where packages install the programs, each release in its own folder, and then the folders of PATH. */
const installedFolders = async (): Promise<string[]> => [
  ...(await foldersBelow('/usr/lib/postgresql', /^[\d.]+$/)),
  ...(await foldersBelow('/usr', /^pgsql-[\d.]+$/)),
  ...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''),
];

const toolsIn = async (folder: string): Promise<ClientTools | undefined> => {
  try {
    for (const name of NAMES) {
      // Debian's wrapper picks a release by its own rules; the releases themselves are found above.
      if (basename(await realpath(join(folder, name))) === 'pg_wrapper') return undefined;
    }
    const { stdout } = await promisify(execFile)(join(folder, 'pg_dump'), ['--version']);
    const version = /\) (\d+)(\S*)/.exec(stdout);
    if (version === null) return undefined;
    return { folder, version: `${version[1]}${version[2]}`, major: Number(version[1]) };
  } catch {
    // Missing or not executable: not usable tools.
    return undefined;
  }
};

/**
 * All releases found, oldest first.
 *
 * @param folders where to look. @default the folders of known packages, then PATH
 * @throws `tool_missing` when there is none.
 */
export const findClientTools = async (folders?: readonly string[]): Promise<ClientTools[]> => {
  const candidates = [...new Set(folders ?? (await installedFolders()))];
  const found = (await Promise.all(candidates.map(toolsIn))).filter((tools) => tools !== undefined);
  if (found.length === 0)
    throw new HoldfastError(
      'tool_missing',
      'pg_dump, pg_restore and psql were not found together in one folder; install the PostgreSQL client ' +
        '(on Debian: apt-get install postgresql-client) or put its folder into PATH',
    );
  return found.sort((a, b) => a.major - b.major);
};

/**
 * The oldest release that is at least `major`. Not the newest: only its own release and later ones can read a dump, and
 * an older server may not understand a newer pg_restore.
 */
export const toolsFor = (tools: readonly ClientTools[], major: number): ClientTools | undefined =>
  tools.find((release) => release.major >= major);

/** The newest release, for a server whose version is not known yet. */
export const newestTools = (tools: readonly ClientTools[]): ClientTools => {
  const newest = tools.at(-1);
  if (newest === undefined) throw new HoldfastError('tool_missing', 'no PostgreSQL client was found');
  return newest;
};

export const toolPath = ({ folder }: ClientTools, name: ToolName): string => join(folder, name);
