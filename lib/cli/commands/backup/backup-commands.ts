/** The commands below `holdfast backup`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const backupCommands: CommandEntry = {
  name: 'backup',
  summary: 'make backups, look at them, restore them',
  commands: [
    {
      name: 'create',
      summary: 'start a backup, and with --wait or --output see it to its end',
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
      summary: 'show what runs now, and how the last operation ended',
      load: () => import('./status.ts'),
    },
    {
      name: 'contents',
      summary: 'list what an archive holds',
      load: () => import('./contents.ts'),
    },
    { name: 'log', summary: "print a backup's log", load: () => import('./log.ts') },
    {
      name: 'verify',
      summary: 'check an archive against its signed manifest, in the store or a file here',
      load: () => import('./verify.ts'),
    },
    {
      name: 'inspect',
      summary: 'describe an archive file; needs no key and no server',
      load: () => import('./inspect.ts'),
    },
    {
      name: 'download',
      summary: 'download an archive, checked; continues an interrupted try',
      load: () => import('./download.ts'),
    },
    {
      name: 'extract',
      summary: 'write single files or folders of a backup here, without a restore',
      load: () => import('./extract.ts'),
    },
    {
      name: 'upload',
      summary: 'bring an archive file in, checked; goes on where an earlier try broke off',
      load: () => import('./upload.ts'),
    },
    {
      name: 'reseal',
      summary: 'seal an archive to another backup key, without rewriting what it holds',
      load: () => import('./reseal.ts'),
    },
    {
      name: 'restore',
      summary: 'restore a backup, or see beforehand what that would do',
      load: () => import('./restore.ts'),
    },
    {
      name: 'cancel',
      summary: 'end a running backup, restore or verification',
      load: () => import('./cancel.ts'),
    },
    {
      name: 'delete',
      summary: 'delete a backup and its archive, at once or later',
      load: () => import('./delete.ts'),
    },
    {
      name: 'undelete',
      summary: 'take the coming deletion of a backup back, and hold it',
      load: () => import('./undelete.ts'),
    },
    {
      name: 'hold',
      summary: 'keep a backup from being deleted, by retention or by hand',
      load: () => import('./hold.ts'),
    },
    {
      name: 'release',
      summary: 'hold a backup no more',
      load: () => import('./release.ts'),
    },
  ],
};
