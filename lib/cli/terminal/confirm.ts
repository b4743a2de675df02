import { createInterface } from 'node:readline/promises';
import { Failure, usageFailure } from '../requests/failure.ts';

/** Asks a person. Throws `cancelled` for anything but a yes, and a usage Failure where nobody can be asked. */
export const confirm = async (question: string): Promise<void> => {
  if (!process.stdin.isTTY) throw usageFailure('deleting wants a yes', 'Add --yes.');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if (/^y(es)?$/i.test((await lines.question(question)).trim())) return;
  } finally {
    lines.close();
  }
  throw new Failure('cancelled', 'nothing was deleted');
};
