/**
 * openapi-python-client, which makes a client in Python of an OpenAPI document. Installed from PyPI, once, where there is
 * a Python for that; otherwise the tests that need it are skipped, and say so.
 */
import { installPython } from '../emulators/install-python.ts';

/** The Python that has it; undefined where it cannot be had, which is said on standard error. */
export const installPythonClientGenerator = async (): Promise<string | undefined> => {
  try {
    return await installPython(['openapi-python-client==0.29.1']);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`\nSKIPPED: tests that need openapi-python-client, which is of PyPI: ${why}\n`);
    return undefined;
  }
};
