import { createInterface } from 'node:readline/promises';
import { Failure, usageFailure } from '../failure.ts';

interface Answers {
  /** The message when nobody can be asked, and what to do then. */
  readonly unasked: string;
  readonly hint: string;
  /** The message after any answer but yes. */
  readonly declined: string;
}

const deletion: Answers = {
  unasked: 'deleting needs a yes',
  hint: 'Add --yes.',
  declined: 'nothing was deleted',
};

/** The text that a person types at the terminal, without spaces around it. */
export const askLine = async (question: string): Promise<string> => {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
};

/** Asks a person. @throws `cancelled` for any answer but yes, and a usage Failure when nobody can be asked */
export const confirm = async (
  question: string,
  { unasked, hint, declined }: Answers = deletion,
): Promise<void> => {
  if (!process.stdin.isTTY) throw usageFailure(unasked, hint);
  if (/^y(es)?$/i.test(await askLine(question))) return;
  throw new Failure('cancelled', declined);
};
