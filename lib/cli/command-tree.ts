/** All commands, in the order of the help. A command's own file is loaded only when it is the one that runs, so that every start is quick. */
import type { CommandEntry } from './command-entry.ts';
import { approvalCommands } from './commands/approval/approval-commands.ts';
import { auditCommands } from './commands/audit/audit-commands.ts';
import { backupCommands } from './commands/backup/backup-commands.ts';
import { backupTokenCommands } from './commands/backup-token/backup-token-commands.ts';
import { domainCommands } from './commands/domain/domain-commands.ts';
import { keyCommands } from './commands/key/key-commands.ts';
import { noticeCommands } from './commands/notice/notice-commands.ts';
import { restoreCommands } from './commands/restore/restore-commands.ts';
import { retentionCommands } from './commands/retention/retention-commands.ts';
import { scheduleCommands } from './commands/schedule/schedule-commands.ts';
import { tokenCommands } from './commands/token/token-commands.ts';
import { uploadCommands } from './commands/upload/upload-commands.ts';
import { userCommands } from './commands/user/user-commands.ts';
import { verifyKeyCommands } from './commands/verify-key/verify-key-commands.ts';

export const commandTree: readonly CommandEntry[] = [
  {
    name: 'serve',
    summary: 'run an installation in this process, its data in a folder',
    load: () => import('./commands/serve.ts'),
  },
  backupCommands,
  retentionCommands,
  {
    name: 'find',
    summary: 'look for files by name or path in all backups',
    load: () => import('./commands/find.ts'),
  },
  {
    name: 'diff',
    summary: 'show what differs between two backups',
    load: () => import('./commands/diff.ts'),
  },
  uploadCommands,
  restoreCommands,
  scheduleCommands,
  keyCommands,
  noticeCommands,
  {
    name: 'channel',
    summary: 'see the channels through which people are notified',
    commands: [
      {
        name: 'list',
        summary: 'list the channels of the configuration, with the deliveries that wait for each',
        load: () => import('./commands/channel-list.ts'),
      },
    ],
  },
  verifyKeyCommands,
  tokenCommands,
  userCommands,
  domainCommands,
  {
    name: 'login',
    summary: 'store the address and token of an installation, for the next commands',
    load: () => import('./commands/login.ts'),
  },
  {
    name: 'logout',
    summary: 'delete the token that login has stored',
    load: () => import('./commands/logout.ts'),
  },
  {
    name: 'component',
    summary: 'see which components are backed up',
    commands: [
      {
        name: 'list',
        summary: 'list the components of the installation',
        load: () => import('./commands/component-list.ts'),
      },
    ],
  },
  backupTokenCommands,
  approvalCommands,
  auditCommands,
  {
    name: 'recover-script',
    summary: 'print the commands that restore any archive without Holdfast; needs no key and no server',
    load: () => import('./commands/recover-script.ts'),
  },
  {
    name: 'config',
    summary: 'check holdfast.config.json',
    commands: [
      {
        name: 'check',
        summary: 'check the configuration file, without a server',
        load: () => import('./commands/config-check.ts'),
      },
    ],
  },
  {
    name: 'help',
    summary: 'explain a command, such as "help backup create"',
    load: () => import('./commands/help.ts'),
  },
  {
    name: 'completion',
    summary: 'print the completion of commands and options for bash, zsh or fish',
    load: () => import('./commands/completion.ts'),
  },
  {
    name: 'man',
    summary: 'print the manual page of a command, or write those of all commands',
    load: () => import('./commands/man.ts'),
  },
];
