/** All commands. A command's own file is loaded only when it is the one that runs, so that every start is quick. */
import type { Command } from 'commander';
import type { WholeProgram } from './described/whole-program.ts';
import type { Session } from './session.ts';

/** What each file in `commands/` exports: its arguments, options and action. */
interface CommandModule {
  readonly define: (command: Command, session: Session, whole: WholeProgram) => void;
}

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** A command, or a group of them. */
  readonly load?: () => Promise<CommandModule>;
  readonly commands?: readonly CommandEntry[];
}

export const commandTree: readonly CommandEntry[] = [
  {
    name: 'serve',
    summary: 'run an installation in this process, its data in a folder',
    load: () => import('./commands/serve.ts'),
  },
  {
    name: 'backup',
    summary: 'make backups, look at them, restore them',
    commands: [
      {
        name: 'create',
        summary: 'start a backup, and with --wait or --output see it to its end',
        load: () => import('./commands/backup-create.ts'),
      },
      {
        name: 'list',
        summary: 'list backups, the newest first',
        load: () => import('./commands/backup-list.ts'),
      },
      {
        name: 'show',
        summary: 'show one backup, component by component',
        load: () => import('./commands/backup-show.ts'),
      },
      {
        name: 'status',
        summary: 'tell what runs now, and how the last operation ended',
        load: () => import('./commands/backup-status.ts'),
      },
      {
        name: 'contents',
        summary: 'list what an archive holds',
        load: () => import('./commands/backup-contents.ts'),
      },
      { name: 'log', summary: "print a backup's log", load: () => import('./commands/backup-log.ts') },
      {
        name: 'verify',
        summary: 'check an archive against its signed manifest, in the store or a file here',
        load: () => import('./commands/backup-verify.ts'),
      },
      {
        name: 'inspect',
        summary: 'tell what an archive file is; needs no key and no server',
        load: () => import('./commands/backup-inspect.ts'),
      },
      {
        name: 'download',
        summary: 'bring an archive here, checked; goes on where an earlier try broke off',
        load: () => import('./commands/backup-download.ts'),
      },
      {
        name: 'extract',
        summary: 'write single files or folders of a backup here, without a restore',
        load: () => import('./commands/backup-extract.ts'),
      },
      {
        name: 'upload',
        summary: 'bring an archive file in, checked; goes on where an earlier try broke off',
        load: () => import('./commands/backup-upload.ts'),
      },
      {
        name: 'reseal',
        summary: 'seal an archive to another backup key, without rewriting what it holds',
        load: () => import('./commands/backup-reseal.ts'),
      },
      {
        name: 'restore',
        summary: 'restore a backup, or see beforehand what that would do',
        load: () => import('./commands/backup-restore.ts'),
      },
      {
        name: 'cancel',
        summary: 'end a running backup, restore or verification',
        load: () => import('./commands/backup-cancel.ts'),
      },
      {
        name: 'delete',
        summary: 'delete a backup and its archive',
        load: () => import('./commands/backup-delete.ts'),
      },
    ],
  },
  {
    name: 'find',
    summary: 'look for files by name or path in all backups',
    load: () => import('./commands/find.ts'),
  },
  {
    name: 'diff',
    summary: 'tell what two backups hold differently',
    load: () => import('./commands/diff.ts'),
  },
  {
    name: 'upload',
    summary: 'look after archives on their way in ("backup upload" sends one)',
    commands: [
      {
        name: 'list',
        summary: 'list uploads that are open, the oldest first',
        load: () => import('./commands/upload-list.ts'),
      },
      {
        name: 'abort',
        summary: 'give an upload up, and remove what has come of it',
        load: () => import('./commands/upload-abort.ts'),
      },
    ],
  },
  {
    name: 'restore',
    summary: 'look at restores ("backup restore" starts one)',
    commands: [
      {
        name: 'list',
        summary: 'list restores, the newest first',
        load: () => import('./commands/restore-list.ts'),
      },
      {
        name: 'show',
        summary: 'show one restore, component by component',
        load: () => import('./commands/restore-show.ts'),
      },
      {
        name: 'plan',
        summary: 'list what a restore does, or would do, entry by entry',
        load: () => import('./commands/restore-plan.ts'),
      },
    ],
  },
  {
    name: 'key',
    summary: 'look after backup keys, and take them from one installation to another',
    commands: [
      { name: 'create', summary: 'make a backup key', load: () => import('./commands/key-create.ts') },
      {
        name: 'list',
        summary: 'list backup keys, the newest first',
        load: () => import('./commands/key-list.ts'),
      },
      { name: 'show', summary: 'show one backup key', load: () => import('./commands/key-show.ts') },
      {
        name: 'default',
        summary: 'make a key the one that backups use when they name none',
        load: () => import('./commands/key-default.ts'),
      },
      {
        name: 'download',
        summary: 'write a key to a file, under a password',
        load: () => import('./commands/key-download.ts'),
      },
      {
        name: 'inspect',
        summary: 'tell what a key file is; needs no password and no server',
        load: () => import('./commands/key-inspect.ts'),
      },
      {
        name: 'upload',
        summary: 'install the key of a key file here, and trust whoever it came from',
        load: () => import('./commands/key-upload.ts'),
      },
      {
        name: 'delete',
        summary: 'delete a key; refused while it opens backups',
        load: () => import('./commands/key-delete.ts'),
      },
    ],
  },
  {
    name: 'verify-key',
    summary: "look after the public keys that archives' signatures are checked with",
    commands: [
      {
        name: 'show',
        summary: "show this installation's own, to be imported elsewhere",
        load: () => import('./commands/verify-key-show.ts'),
      },
      {
        name: 'list',
        summary: 'list the installations whose archives are trusted',
        load: () => import('./commands/verify-key-list.ts'),
      },
      {
        name: 'import',
        summary: 'trust the archives of another installation',
        load: () => import('./commands/verify-key-import.ts'),
      },
      {
        name: 'delete',
        summary: 'trust its archives no longer',
        load: () => import('./commands/verify-key-delete.ts'),
      },
    ],
  },
  {
    name: 'component',
    summary: 'look at what is backed up',
    commands: [
      {
        name: 'list',
        summary: 'list the components of the installation',
        load: () => import('./commands/component-list.ts'),
      },
    ],
  },
  {
    name: 'recover-script',
    summary: 'print the commands that restore any archive without Holdfast; needs no key and no server',
    load: () => import('./commands/recover-script.ts'),
  },
  {
    name: 'config',
    summary: 'look after holdfast.config.json',
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
    summary: 'tell how a command is used, such as "help backup create"',
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
