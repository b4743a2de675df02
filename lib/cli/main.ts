/** One run of the command line. */
import { CommanderError } from 'commander';
import { exitCodes, isUnforeseen } from '../model/errors.ts';
import { type Failure, toFailure, usageFailure } from './failure.ts';
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
    const failure = thrown instanceof CommanderError ? parsingFailure(thrown) : toFailure(thrown);
    if (failure !== undefined && !failure.quiet) output.failure(failure);
    if (failure?.code === 'internal' && failure.cause instanceof Error && isUnforeseen(failure.cause))
      output.note(...`${failure.cause.stack}`.split('\n'));
    return failure?.exitCode ?? exitCodes.usage;
  }
};

/** The failure for commander's refusal; undefined when it has printed the help of an incomplete command. */
const parsingFailure = (error: CommanderError): Failure | undefined => {
  if (error.code === 'commander.help') return undefined;
  const [message = '', ...suggestions] = error.message.replace(/^error: /, '').split('\n');
  return usageFailure(message, suggestions.join(' ') || '"--help" after a command tells how it is used.');
};
