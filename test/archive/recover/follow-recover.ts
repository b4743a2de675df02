/**
 * Runs the commands of RECOVER.md, or of `holdfast recover-script`, as a person would, in a separate bash.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, writeFileSync } from 'node:fs';

/** Every block of commands in a RECOVER.md, in order, as one script. */
export const commandsIn = (text: string): string =>
  [...text.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, commands]) => commands).join('\n');

/** The commands of the RECOVER.md in an archive. */
export const commandsOf = (archive: string): string =>
  commandsIn(execFileSync('tar', ['-xOf', archive, 'RECOVER.md'], { encoding: 'utf8' }));

export interface Followed {
  /** Null when the process had to be killed. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FollowOptions {
  readonly commands: string;
  /** The folder to recover into. */
  readonly cwd: string;
  /** ARCHIVE, KEY and VERIFY_KEY; the script gets no other variable of this process. */
  readonly variables: Readonly<Record<string, string>>;
  /** The answer to age's prompt. Standard error then appears on standard output, as on a terminal. */
  readonly typed?: string;
  /** @default Debian's own programs */
  readonly path?: string;
  /** The user to run as, when this process runs as root. */
  readonly user?: number;
  /** The script is killed after this time, and its status is then null. */
  readonly timeoutMs?: number;
}

/** Other users cannot read a test's private folder, so they get the commands on standard input. */
export const follow = (options: FollowOptions): Followed => {
  const { commands, cwd, variables, typed, path = '/usr/bin:/bin', user, timeoutMs = 30_000 } = options;
  const env = { PATH: path, HOME: cwd, ...variables };
  const [file, ...args] = user === undefined ? ['bash'] : ['setpriv', ...userArgs(user), 'bash'];
  const common = { cwd, env, encoding: 'latin1', timeout: timeoutMs, killSignal: 'SIGKILL' } as const;
  if (typed === undefined) return spawnSync(file ?? 'bash', args, { ...common, input: commands });
  // age asks for a passphrase only on a terminal; script(1) provides one.
  const script = `${cwd}.sh`;
  writeFileSync(script, commands, { mode: 0o600 });
  if (user !== undefined) chownSync(script, user, user);
  return spawnSync('script', ['-qec', `bash '${script}'`, '/dev/null'], { ...common, input: `${typed}\n` });
};

const userArgs = (user: number): string[] => [`--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
