/** Writes the functions of AWS and the page, bundled, into dist/functions: before the package is packed, and before a checkout is synthesized. */
import { functionsFolder } from '../lib/infra/packaged.ts';
import { CONSOLE_FILE } from '../lib/runtimes/lambda/console-files.ts';
import { bundleFunctions, reportSizes, writeBundles } from './bundles.ts';
import { bundleConsole } from './console-files.ts';

const { files, sizes } = await bundleFunctions();
if (sizes.some(({ kilobytes, budgetKb }) => kilobytes > budgetKb)) {
  reportSizes(sizes);
  process.exitCode = 1;
} else {
  const page = Buffer.from(JSON.stringify(await bundleConsole()));
  writeBundles(functionsFolder, new Map([...files, [CONSOLE_FILE, page]]));
}
