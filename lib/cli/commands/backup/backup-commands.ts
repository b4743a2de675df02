/** The commands below `holdfast backup`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const backupCommands: CommandEntry = {
  name: 'backup',
  summary: 'create backups, look at them, restore them',
  commands: [
    {
      name: 'create',
      summary: 'start a backup; with --wait or --output, wait for its end',
      load: () => import('./create.ts'),
    },
    {
      name: 'list',
      summary: 'list backups, the newest first',
      load: () => import('./list.ts'),
    },
    {
      name: 'show',
      summary: 'show one backup, component by component',
      load: () => import('./show.ts'),
    },
    {
      name: 'status',
      summary: 'show which operation runs, and how the last one ended',
      load: () => import('./status.ts'),
    },
    {
      name: 'contents',
      summary: 'list the contents of an archive',
      load: () => import('./contents.ts'),
    },
    { name: 'log', summary: "print a backup's log", load: () => import('./log.ts') },
    {
      name: 'verify',
      summary: 'verify an archive against its signed manifest, in the store or in a local file',
      load: () => import('./verify.ts'),
    },
    {
      name: 'inspect',
      summary: 'describe an archive file; needs no key and no server',
      load: () => import('./inspect.ts'),
    },
    {
      name: 'download',
      summary: 'download an archive and check it; continues an interrupted download',
      load: () => import('./download.ts'),
    },
    {
      name: 'extract',
      summary: 'extract single files or folders of a backup here, without a restore',
      load: () => import('./extract.ts'),
    },
    {
      name: 'upload',
      summary: 'upload an archive file and check it; continues an interrupted upload',
      load: () => import('./upload.ts'),
    },
    {
      name: 'reseal',
      summary: 're-seal an archive to another backup key, without rewriting its segments',
      load: () => import('./reseal.ts'),
    },
    {
      name: 'restore',
      summary: 'restore a backup, or see first what a restore would do',
      load: () => import('./restore.ts'),
    },
    {
      name: 'cancel',
      summary: 'cancel the running backup, restore or verification',
      load: () => import('./cancel.ts'),
    },
    {
      name: 'delete',
      summary: 'delete a backup and its archive, at once or later',
      load: () => import('./delete.ts'),
    },
    {
      name: 'undelete',
      summary: 'undo the planned deletion of a backup, and hold the backup',
      load: () => import('./undelete.ts'),
    },
    {
      name: 'hold',
      summary: 'hold a backup, so that neither retention nor a person deletes it',
      load: () => import('./hold.ts'),
    },
    {
      name: 'release',
      summary: 'release a held backup',
      load: () => import('./release.ts'),
    },
  ],
};
