/**
 * Says at the very end what was skipped, what failed and why, and whether the machine stood still meanwhile; and closes
 * with the plain line that CI reads.
 */
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { Standstills } from './standstills.js';

/** No load of this suite delays a thread for so long that does nothing: the machine itself stood still. */
const STANDSTILL_MILLISECONDS = 4_000;
const REASON_LINES = 12;

export default class ClosingReporter {
  #standstills = new Standstills(STANDSTILL_MILLISECONDS);
  /** Files with a failed test. */
  #failed = [];

  onTestResult(_test, { testFilePath, perfStats, testResults, failureMessage }) {
    const failures = testResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => [fullName, failureMessages.join('\n')]);
    if (failures.length === 0 && failureMessage) failures.push(['the file itself', failureMessage]);
    if (failures.length > 0)
      this.#failed.push({ ...perfStats, file: relative(process.cwd(), testFilePath), failures });
  }

  async onRunComplete(_contexts, results) {
    const standstills = this.#standstills.all;
    await this.#standstills.end();
    const skipped = results.testResults.flatMap(({ testResults }) =>
      testResults
        .filter(({ status }) => status === 'pending' || status === 'todo')
        .map(({ fullName }) => fullName),
    );
    if (skipped.length > 0)
      process.stderr.write(
        `\nSKIPPED, for want of something on this machine:\n${skipped.map((name) => `  ${name}\n`).join('')}`,
      );
    for (const { file, failures } of this.#failed)
      for (const [name, reason] of failures)
        process.stderr.write(`\nFAILED ${file}: ${name}\n${beginning(reason)}`);
    this.#tellStandstills(standstills);
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    process.stderr.write(
      `\n${results.numPassedTests} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}\n`,
    );
  }

  /** What failed while the machine stood still says nothing of the product: CI runs the files of the last line again. */
  #tellStandstills(standstills) {
    if (standstills.length === 0) return;
    const times = standstills.map(
      ([from, to]) => `${new Date(from).toISOString()} for ${Math.round((to - from) / 1000)} s`,
    );
    process.stderr.write(`\nThe machine stood still: ${times.join(', ')}.\n`);
    const met = this.#failed.filter(({ start, end }) =>
      standstills.some(([from, to]) => from < end && to > start),
    );
    if (met.length > 0)
      process.stderr.write(`FAILED WHILE IT STOOD STILL: ${met.map(({ file }) => file).join(' ')}\n`);
  }
}

const beginning = (reason) =>
  stripVTControlCharacters(reason)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, REASON_LINES)
    .map((line) => `  ${line}\n`)
    .join('');
