import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RunningTool, ToolEnd } from './tool-process.ts';

/**
 * Feeds a dump to a tool and waits for the tool's end. A tool may end before it has read everything; the caller judges
 * how it ended. If reading the dump fails, the tool is killed before it can mistake the cut for the end, and the dump's
 * own error is thrown.
 *
 * @throws the signal's reason when aborted.
 */
export const feed = async (dump: Readable, tool: RunningTool, signal: AbortSignal): Promise<ToolEnd> => {
  let broken: { readonly cause: unknown } | undefined;
  dump.once('error', (cause) => {
    // Not an error of the dump: reading stops once the tool has ended.
    if (tool.stdin.destroyed) return;
    broken = { cause };
    tool.kill();
  });
  // This error has one of three causes, which are thrown below: the dump's, the tool's, or the caller's abort.
  await pipeline(dump, tool.stdin).catch(() => {});
  const end = await tool.ended;
  signal.throwIfAborted();
  if (broken !== undefined) throw broken.cause;
  return end;
};
