/** Says at the very end what was skipped, and what failed and why; and closes with the plain line that CI reads. */
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const REASON_LINES = 12;

export default class ClosingReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.testResults.flatMap(({ testResults }) =>
      testResults
        .filter(({ status }) => status === 'pending' || status === 'todo')
        .map(({ fullName }) => fullName),
    );
    if (skipped.length > 0)
      process.stderr.write(
        `\nSKIPPED, for want of something on this machine:\n${skipped.map((name) => `  ${name}\n`).join('')}`,
      );
    for (const [file, name, reason] of results.testResults.flatMap(failuresOf))
      process.stderr.write(`\nFAILED ${file}: ${name}\n${beginning(reason)}`);
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    process.stderr.write(
      `\n${results.numPassedTests} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}\n`,
    );
  }
}

/** Each failed test of a file, or the file where it did not run at all: with its reason. */
const failuresOf = ({ testFilePath, testResults, failureMessage }) => {
  const file = relative(process.cwd(), testFilePath);
  const failures = testResults
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => [file, fullName, failureMessages.join('\n')]);
  return failures.length === 0 && failureMessage ? [[file, 'the file itself', failureMessage]] : failures;
};

const beginning = (reason) =>
  stripVTControlCharacters(reason)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, REASON_LINES)
    .map((line) => `  ${line}\n`)
    .join('');
