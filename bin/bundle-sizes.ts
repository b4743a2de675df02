/** Bundles every function and the page as the package does, offline, and fails when one is heavier than its budget. */
import { bundleFunctions, reportSizes } from './bundles.ts';
import { bundleConsole, reportConsoleSize } from './console-files.ts';

const { sizes } = await bundleFunctions();
const areLight = [reportSizes(sizes), reportConsoleSize(await bundleConsole())];
if (areLight.includes(false)) process.exitCode = 1;
