import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RunningTool, ToolEnd } from './tool-process.ts';

/**
 * Feeds a dump to a tool and waits for the tool's end. A tool may end before it has read everything: how it ended is
 * for the caller to judge. When the dump cannot be read on, the tool is ended before it could take the cut for the
 * end, and the dump's own error is thrown.
 *
 * @throws the signal's reason when aborted.
 */
export const feed = async (dump: Readable, tool: RunningTool, signal: AbortSignal): Promise<ToolEnd> => {
  let broken: { readonly cause: unknown } | undefined;
  dump.once('error', (cause) => {
    // Not an error of the dump: we stop reading once the tool has gone.
    if (tool.stdin.destroyed) return;
    broken = { cause };
    tool.kill();
  });
  // Its failure is one of three that are told below: the dump's, the tool's, or the caller's wish to stop.
  await pipeline(dump, tool.stdin).catch(() => {});
  const end = await tool.ended;
  signal.throwIfAborted();
  if (broken !== undefined) throw broken.cause;
  return end;
};
