/** Debian's tools in tests; a test whose tool is not available is skipped with a clear message. */
import { test } from '@jest/globals';
import { type DebianTool, requireTool } from './installed-tools.ts';

export { requireTool } from './installed-tools.ts';

/** `test`, or `test.skip` with a clear message when one of the tools is not available. */
export const testWith = (...tools: readonly DebianTool[]): typeof test | typeof test.skip =>
  tools.map(requireTool).every(Boolean) ? test : test.skip;
