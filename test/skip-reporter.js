/** Says at the very end what was skipped, and closes with the plain line that CI reads. */
export default class SkipReporter {
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
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    process.stderr.write(
      `\n${results.numPassedTests} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}\n`,
    );
  }
}
