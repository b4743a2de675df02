/** `--approval` and `--break-glass`, the same on every command whose act other people may have to approve. */
import type { Command } from 'commander';

export interface ApprovalOptions {
  readonly approval?: string;
  readonly breakGlass?: string;
}

export const addApproval = (command: Command): Command =>
  command
    .option('--approval <id>', 'the request for approval, which others have approved')
    .option(
      '--break-glass <reason>',
      'act without approval, if that is allowed; everybody is notified of the reason',
    );
