/**
 * Before any test: the programs of Debian that tests hold ours against are installed where that is possible, once,
 * and not by two test files at the same time. What cannot be installed is skipped, loudly.
 */
import { requireTool, tools } from './installed-tools.ts';
import { installModernAge } from './modern-age.ts';
import { installPythonClientGenerator } from './python-client-generator.ts';

export default async () => {
  for (const tool of tools) requireTool(tool);
  await installModernAge();
  await installPythonClientGenerator();
};
