/** The first line of every failure of the command line says what to do next. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Command } from 'commander';
import type { CommandEntry } from '../../lib/cli/command-entry.ts';
import { commandTree } from '../../lib/cli/command-tree.ts';
import { main } from '../../lib/cli/main.ts';
import type { Failed } from '../../lib/cli/next-steps/failed.ts';
import { listCommands } from '../../lib/cli/next-steps/list-commands.ts';
import { nextStep } from '../../lib/cli/next-steps/next-step.ts';
import { Session } from '../../lib/cli/session.ts';
import { Output } from '../../lib/cli/terminal/output.ts';
import { errorTable } from '../../lib/model/errors.ts';
import { FIRST_LINE, firstLine } from './first-line.ts';
import { jsonLines } from './run-holdfast.ts';

const id = 'backup-01890a5d-ac96-774b-bcce-b302099a8057';
const codes = [...Object.keys(errorTable), 'usage', 'unreachable', 'disconnected', 'failed', 'of_tomorrow'];
const resources = [...Object.keys(listCommands), 'operations', 'invitations', 'retention', 'status'];

/**
 * An error code as a server reports it for each resource, as the command line itself reports it, and as the
 * end of an operation.
 */
const failed = (code: string): Failed[] => [
  ...resources.map((resource) => ({
    code,
    details: { status: 409 },
    path: `/v1/${resource}/${id}`,
    command: 'holdfast',
  })),
  { code, details: {}, path: undefined, command: 'holdfast backup verify' },
  { code, details: { id, state: 'FAILED' }, path: undefined, command: 'holdfast backup create' },
];

/** The words of each command that a text names, in quotes or after a colon. */
const namedCommands = (text: string): string[][] =>
  [...text.matchAll(/(?:"|: )holdfast ([a-z][a-z-]*(?: [a-z][a-z-]*)*)/g)].map(([, words = '']) =>
    words.split(' '),
  );

const exists = (words: readonly string[]): boolean => {
  let entries: readonly CommandEntry[] = commandTree;
  for (const word of words) {
    const entry = entries.find(({ name }) => name === word);
    // Words after a complete command are arguments or part of the sentence.
    if (entry === undefined) return entries.length === 0;
    entries = entry.commands ?? [];
  }
  return entries.length === 0;
};

describe('a code of the error table [U11]', () => {
  test.each(codes)('%s has a next step, whose commands there are', (code) => {
    for (const each of failed(code)) {
      const step = nextStep(each);
      expect(step).toMatch(/^(?:[A-Z"]|--)\S* /);
      expect(step).not.toMatch(/undefined|\[object/);
      for (const words of namedCommands(step))
        expect({ step, words, exists: exists(words) }).toMatchObject({ exists: true });
    }
  });
});

interface Leaf {
  readonly words: readonly string[];
  readonly load: NonNullable<CommandEntry['load']>;
}
const leavesOf = (entries: readonly CommandEntry[], above: readonly string[] = []): Leaf[] =>
  entries.flatMap(({ name, load, commands }) => [
    ...(load === undefined ? [] : [{ words: [...above, name], load }]),
    ...leavesOf(commands ?? [], [...above, name]),
  ]);

describe('a command that fails [U11]', () => {
  let folder: string;
  const former = { ...process.env };
  // Each run adds its own listeners to these streams.
  for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-next-steps-'));
    Object.assign(process.env, {
      ...{ HOME: folder, XDG_CONFIG_HOME: folder, HOLDFAST_DATA: join(folder, 'data') },
      ...{ HOLDFAST_URL: 'http://127.0.0.1:2', HOLDFAST_TOKEN: 'hft_x' },
    });
  });
  afterAll(async () => {
    process.env = former;
    await rm(folder, { recursive: true });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Runs a command in this process, because a process for each would take minutes. */
  const run = async (args: readonly string[]): Promise<{ code: number; err: string }> => {
    const told: string[] = [];
    const listen = (text: unknown, done?: unknown): boolean => {
      told.push(String(text));
      if (typeof done === 'function') done();
      return true;
    };
    jest.spyOn(process.stderr, 'write').mockImplementation(listen as typeof process.stderr.write);
    jest.spyOn(process.stdout, 'write').mockImplementation(((_: unknown, done?: unknown) => {
      if (typeof done === 'function') done();
      return true;
    }) as typeof process.stdout.write);
    const code = await main(args);
    return { code, err: told.join('') };
  };

  /** Values for all arguments and options that the command requires. */
  const wanted = async ({ words, load }: Leaf): Promise<string[]> => {
    const command = new Command();
    const session = new Session(new Output(false), {}, []);
    (await load()).define(command, session, async () => command);
    const valueFor = (name: string): string => (name === 'url' ? 'http://127.0.0.1:2' : id);
    return [
      ...words,
      ...command.registeredArguments
        .filter(({ required }) => required)
        .map((argument) => argument.argChoices?.[0] ?? valueFor(argument.name())),
      ...command.options
        .filter(({ mandatory, defaultValue }) => mandatory && defaultValue === undefined)
        .flatMap(({ long, argChoices }) => [`${long}`, argChoices?.[0] ?? join(folder, 'file')]),
    ];
  };

  const leaves = leavesOf(commandTree).map((leaf) => [leaf.words.join(' '), leaf] as const);
  /** These commands need no server and nothing else that could be missing. */
  const succeed = ['help', 'completion', 'man', 'logout', 'recover-script'];

  test.each(leaves)('%s says it of an option that there is not', async (name, { words }) => {
    const { code, err } = await run([...words, '--no-such-option']);
    expect([code, firstLine(err)]).toEqual([2, expect.stringMatching(FIRST_LINE)]);
    expect(firstLine(err)).toContain(`"holdfast ${name} --help"`);
  });

  test.each(leaves)('%s says it where no server answers', async (name, leaf) => {
    const args = [...(await wanted(leaf)), ...(name === 'serve' ? ['--config', join(folder, 'none')] : [])];
    const { code, err } = await run(args);
    if (succeed.includes(name)) return;
    expect({ args, line: firstLine(err) }).toEqual({ args, line: expect.stringMatching(FIRST_LINE) });
    expect(code).not.toBe(0);
    const json = await run([...args, '--json']);
    expect(jsonLines(json.err).at(-1)).toMatchObject({ type: 'error', hint: expect.stringMatching(/\w/) });
  });

  test('a group without its command says it, too', async () => {
    const text = await run(['backup']);
    expect([text.code, firstLine(text.err)]).toEqual([2, 'Usage: holdfast backup [options] [command]']);
    const json = await run(['--json', 'backup']);
    expect(json.code).toBe(2);
    expect(jsonLines(json.err)).toEqual([
      expect.objectContaining({ code: 'usage', hint: '"holdfast backup --help" lists them.' }),
    ]);
  });
});
