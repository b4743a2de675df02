/** Runs one of PostgreSQL's programs: no shell, no password on the command line, killed quickly when asked to stop. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { HoldfastError } from '../../../model/errors.ts';
import { type ClientTools, type ToolName, toolPath } from './client-tools.ts';
import { type Connection, redact } from './connection.ts';

/**
 * Most characters kept of a tool's messages: the beginning, and the end, where it says why it gave up. A long command
 * may be in between.
 */
const STDERR_BYTES = 16 * 1024;
/** Far more than any result that is read whole: a server that sends more must not fill our memory. */
const OUTPUT_BYTES = 256 * 1024 * 1024;
/** A tool that is told to end first cancels its query at the server; after this time it is killed. */
const KILL_AFTER_MS = 3000;

/**
 * The parts of our environment that a tool needs: never our own secrets, and no PG variable that could override the
 * URL.
 */
const PASSED_ON = [
  ...['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['KRB5CCNAME', 'KRB5_CONFIG', 'KRB5_CLIENT_KTNAME'],
];

export interface ToolEnd {
  /** Null: it was killed by a signal. */
  readonly code: number | null;
  /** The beginning and the end of its standard error, without the password. */
  readonly words: string;
}

export interface RunningTool {
  readonly name: ToolName;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves once the process has ended and its output was read. Rejects when it could not be started. */
  readonly ended: Promise<ToolEnd>;
  kill(): void;
}

export interface ToolOptions {
  readonly tools: ClientTools;
  /** Undefined: the tool reads a dump and needs no server. */
  readonly connection?: Connection;
  readonly signal: AbortSignal;
  /** Called with each line of its standard error, as it comes. */
  readonly onLine?: (line: string) => void;
  /** Only for this tool. */
  readonly environment?: Readonly<Record<string, string>>;
}

const environmentFor = (connection: Connection | undefined): Record<string, string> => {
  const environment: Record<string, string> = { LC_ALL: 'C' };
  for (const name of PASSED_ON) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return { ...environment, ...connection?.environment };
};

/** Kills its whole process group, which it leads. */
const signalGroup = (child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended between the check and the call.
  }
};

/** Starts a tool. @throws the signal's reason when that is already aborted */
export const startTool = (name: ToolName, args: readonly string[], options: ToolOptions): RunningTool => {
  const { tools, connection, signal, environment, onLine } = options;
  signal.throwIfAborted();
  const child = spawn(toolPath(tools, name), args, {
    env: { ...environmentFor(connection), ...environment },
    detached: true,
  });
  let lastResort: NodeJS.Timeout | undefined;
  const kill = (): void => {
    signalGroup(child, 'SIGTERM');
    lastResort ??= setTimeout(() => signalGroup(child, 'SIGKILL'), KILL_AFTER_MS);
  };
  let [begin, end] = [Buffer.alloc(0), Buffer.alloc(0)];
  child.stderr.on('data', (chunk: Buffer) => {
    const room = STDERR_BYTES - begin.length;
    begin = Buffer.concat([begin, chunk.subarray(0, room)]);
    end = Buffer.concat([end, chunk.subarray(room)]).subarray(-STDERR_BYTES);
  });
  if (onLine !== undefined)
    createInterface({ input: child.stderr })
      .on('line', onLine)
      .on('error', () => {});
  // A tool that ends early closes its input; its messages and exit code say why.
  child.stdin.on('error', () => {});
  child.stderr.on('error', () => {});
  // Its output is not complete, and must not be taken for the whole.
  child.stdout.on('error', () => kill());
  signal.addEventListener('abort', kill, { once: true });
  const ended = new Promise<ToolEnd>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new HoldfastError('tool_missing', `${toolPath(tools, name)} could not be started: ${cause.message}`, {
          cause,
        }),
      ),
    );
    child.once('close', (code, by) => {
      const said = Buffer.concat([begin, end]).toString('utf8').trim();
      const text = by === null ? said : `${said}\nERROR: ${name} was ended by the signal ${by}`.trim();
      resolve({ code, words: connection === undefined ? text : redact(connection, text) });
    });
  }).finally(() => {
    clearTimeout(lastResort);
    signal.removeEventListener('abort', kill);
  });
  // Marks the rejection as handled: the caller awaits it later, after the bytes.
  ended.catch(() => {});
  return { name, stdin: child.stdin, stdout: child.stdout, ended, kill };
};

/**
 * Runs a tool to its end.
 *
 * @throws the signal's reason when aborted, `component_failed` when its output is too long to be read whole.
 */
export const runTool = async (
  name: ToolName,
  args: readonly string[],
  options: ToolOptions & { readonly input?: string },
): Promise<ToolEnd & { readonly output: string }> => {
  const tool = startTool(name, args, options);
  const chunks: Buffer[] = [];
  let bytes = 0;
  tool.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= OUTPUT_BYTES) chunks.push(chunk);
    else tool.kill();
  });
  tool.stdin.end(options.input ?? '');
  const end = await tool.ended;
  options.signal.throwIfAborted();
  if (bytes > OUTPUT_BYTES)
    throw new HoldfastError(
      'component_failed',
      `${name} printed more than ${OUTPUT_BYTES} bytes, which is more than any answer has; check which server this is`,
    );
  return { ...end, output: Buffer.concat(chunks).toString('utf8') };
};

const HIDDEN = /^(pg_\w+: detail: )?(Command was|CONTEXT|DETAIL|QUERY|STATEMENT|LINE \d+):/;
const SHOWN = /^(\w+: |ERROR: |HINT: )/;

/**
 * The part of a tool's messages that a record may hold: errors and hints, but neither the command nor the row at fault,
 * which may be anybody's data. A continuation line is kept or left out with the line above.
 */
export const toldWords = (words: string): string => {
  const told: string[] = [];
  let hidden = false;
  for (const line of words.split('\n')) {
    if (HIDDEN.test(line)) hidden = true;
    else if (SHOWN.test(line)) hidden = false;
    if (!hidden && line.trim() !== '') told.push(line.trim());
  }
  return told.slice(-6).join(' ') || 'it gave no reason';
};
