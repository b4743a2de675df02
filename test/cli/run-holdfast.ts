/** Runs the command line as a user does: `node bin/holdfast.js` in a separate process. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../bin/holdfast.js', import.meta.url));

export interface RunOptions {
  readonly cwd?: string;
  /** Variables added to an environment without any HOLDFAST_ variable. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  /** The standard error output so far. */
  readonly errSoFar: () => string;
  readonly done: Promise<Finished>;
}

const plainEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(HOLDFAST_|NODE_OPTIONS$)/.test(name)),
  );

export const startHoldfast = (args: readonly string[], { cwd, env, stdin }: RunOptions = {}): Started => {
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...plainEnvironment(), ...env },
  });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin ?? '');
  const done = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const bytes = Buffer.concat(stdout);
      resolve({ code, signal, stdout: bytes, out: bytes.toString(), err: Buffer.concat(stderr).toString() });
    });
  });
  return { child, errSoFar: () => Buffer.concat(stderr).toString(), done };
};

export const holdfast = (args: readonly string[], options: RunOptions = {}): Promise<Finished> =>
  startHoldfast(args, options).done;

/** The JSON objects of an output that has one object per line. */
export const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
