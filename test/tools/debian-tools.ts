/** Debian's tools in tests: `test.skip`, said loudly, where one cannot be had. */
import { test } from '@jest/globals';
import { type DebianTool, requireTool } from './installed-tools.ts';

export { requireTool } from './installed-tools.ts';

/** `test`, or a loud `test.skip` when one of the tools cannot be had. */
export const testWith = (...tools: readonly DebianTool[]): typeof test | typeof test.skip =>
  tools.map(requireTool).every(Boolean) ? test : test.skip;
