import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { exported } from '../../../client/calls/audit.ts';
import { Failure, usageFailure } from '../../failure.ts';
import { Answer } from '../../requests/answer.ts';
import type { Session } from '../../session.ts';
import { write } from '../../terminal/output.ts';
import { countOf } from '../../terminal/quantities.ts';

export const define = (command: Command, session: Session): void => {
  command
    .requiredOption('--file <file>', 'where to write it; - writes to standard output')
    .action(async ({ file }: { readonly file: string }) => {
      if (file === '-') session.output.yieldStandardOutput();
      const to = file === '-' ? undefined : await newFile(file);
      try {
        const rows = await copyRows(session, async (text) => {
          if (to === undefined) await write(process.stdout, text);
          else await to.writeFile(text);
        });
        await to?.sync();
        await session.output.result({ file, rows }, () => [
          `${countOf(rows, 'row')} of the audit trail written`,
        ]);
      } catch (thrown) {
        // An incomplete file is removed: half a trail is of no use.
        if (to !== undefined) await rm(file, { force: true });
        throw thrown;
      } finally {
        await to?.close();
      }
    });
};

const newFile = async (file: string): Promise<FileHandle> => {
  try {
    return await open(file, 'wx', 0o600);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw usageFailure(`--file: ${file} cannot be made: ${words}`, 'Name a file that is not there yet.');
  }
};

/** Exports part by part; the last part ends with the signed end, each other one with the place of the next. */
const copyRows = async (session: Session, take: (text: string) => Promise<void>): Promise<number> => {
  const client = await session.client();
  let rows = 0;
  for (let from: string | undefined; ; ) {
    const text = await client.text(exported(from));
    const end = text.trimEnd().lastIndexOf('\n') + 1;
    rows += text.slice(0, end).split('\n').length - 1;
    const last = lastLine(text.slice(end));
    if (last.has('seq')) {
      await take(text);
      return rows;
    }
    if (!last.has('more'))
      throw new Failure('disconnected', 'the answer ended in the middle of the audit trail', {
        hint: 'Run the command again.',
      });
    await take(text.slice(0, end));
    from = String(last.count('more'));
  }
};

const lastLine = (line: string): Answer<{ seq: number; more: number }> => {
  try {
    return new Answer(JSON.parse(line));
  } catch {
    return new Answer({});
  }
};
