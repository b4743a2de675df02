/**
 * openapi-python-client, which makes a Python client from an OpenAPI document. It is installed once from PyPI
 * when a suitable Python is available; otherwise the tests that need it are skipped with a message.
 */
import { installPython } from '../emulators/install-python.ts';

/**
 * The path of the Python that has it; undefined when it is not available, with a message on standard error.
 */
export const installPythonClientGenerator = async (): Promise<string | undefined> => {
  try {
    return await installPython(['openapi-python-client==0.29.1']);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`\nSKIPPED: tests that need openapi-python-client, which is of PyPI: ${why}\n`);
    return undefined;
  }
};
