import { createInterface } from 'node:readline/promises';
import { Failure, usageFailure } from '../requests/failure.ts';

interface Answers {
  /** What is said where nobody can be asked, and what to do there. */
  readonly unasked: string;
  readonly hint: string;
  /** What is said after anything but a yes. */
  readonly declined: string;
}

const deletion: Answers = {
  unasked: 'deleting wants a yes',
  hint: 'Add --yes.',
  declined: 'nothing was deleted',
};

/** Asks a person. Throws `cancelled` for anything but a yes, and a usage Failure where nobody can be asked. */
export const confirm = async (
  question: string,
  { unasked, hint, declined }: Answers = deletion,
): Promise<void> => {
  if (!process.stdin.isTTY) throw usageFailure(unasked, hint);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if (/^y(es)?$/i.test((await lines.question(question)).trim())) return;
  } finally {
    lines.close();
  }
  throw new Failure('cancelled', declined);
};
