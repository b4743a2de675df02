/** One run of the command line. */
import { CommanderError } from 'commander';
import { exitCodes, isUnforeseen } from '../model/errors.ts';
import { commandOf } from './described/command-of.ts';
import { type Failure, toFailure, usageFailure } from './failure.ts';
import { nextStep } from './next-steps/next-step.ts';
import { buildProgram } from './program.ts';
import { Session } from './session.ts';
import { Output } from './terminal/output.ts';

/** Runs the command that `args` name and resolves to the exit code. Never throws. */
export const main = async (args: readonly string[]): Promise<number> => {
  // Read by hand, since a command line that does not parse must also be refused in JSON.
  const output = new Output(args.includes('--json'));
  const session = new Session(output, process.env, args);
  try {
    await buildProgram(session).parseAsync(args, { from: 'user' });
    return session.exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return exitCodes.done;
    const command = commandOf(args);
    const failure =
      thrown instanceof CommanderError ? parsingFailure(thrown, command, output) : toFailure(thrown);
    if (failure !== undefined && !failure.quiet) output.failure(failure, toldNext(failure, command));
    if (failure?.code === 'internal' && failure.cause instanceof Error && isUnforeseen(failure.cause))
      output.note(...`${failure.cause.stack}`.split('\n'));
    return failure?.exitCode ?? exitCodes.usage;
  }
};

const toldNext = (failure: Failure, command: string): string =>
  failure.hint ??
  [nextStep({ ...failure, command }), failure.more].filter((part) => part !== undefined).join(' ');

/** The failure for commander's refusal; undefined when it has printed the help of an incomplete command. */
const parsingFailure = (error: CommanderError, command: string, { json }: Output): Failure | undefined => {
  const help = `"${command} --help"`;
  if (error.code === 'commander.help')
    return json ? usageFailure(`${command} needs one of its commands`, `${help} lists them.`) : undefined;
  const [message = '', ...suggestions] = error.message.replace(/^error: /, '').split('\n');
  const [meant] = suggestions.map((line) => line.replace(/^\((.*)\)$/, '$1 '));
  return usageFailure(message, `${meant ?? ''}${help} shows how to use it.`);
};
