/** What to do next after a failure that says nothing of its own about it. */
import { archiveSteps } from './archive-steps.ts';
import type { Failed, FailureCode, NextStep, OwnCode } from './failed.ts';
import { requestSteps } from './request-steps.ts';
import { workSteps } from './work-steps.ts';

const ownSteps: Readonly<Record<OwnCode, NextStep>> = {
  usage: ({ command }) => `"${command} --help" shows how to use it.`,
  unreachable: 'Check that the server is running, and that HOLDFAST_URL is its address.',
  disconnected:
    '"holdfast backup status" shows whether something was started; if not, run the command again.',
  failed: 'Correct the cause, and start again.',
  reader_gone: 'Send the output of the command to a program that reads all of it.',
};

/** A code without a next step does not compile. */
const steps: Readonly<Record<FailureCode, NextStep>> = {
  ...ownSteps,
  ...requestSteps,
  ...workSteps,
  ...archiveSteps,
};
const isKnown = (code: string): code is FailureCode => Object.hasOwn(steps, code);

/** A sentence: a command or an act that helps with this failure. */
export const nextStep = (failed: Failed): string => {
  const { code } = failed;
  if (!isKnown(code))
    return 'Use the version of holdfast that the server runs: this version does not know this error.';
  const step = steps[code];
  return typeof step === 'string' ? step : step(failed);
};
