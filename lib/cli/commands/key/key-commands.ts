/** The commands below `holdfast key`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const keyCommands: CommandEntry = {
  name: 'key',
  summary: 'manage backup keys, and transfer them between installations',
  commands: [
    { name: 'create', summary: 'create a backup key', load: () => import('./create.ts') },
    {
      name: 'list',
      summary: 'list backup keys, the newest first',
      load: () => import('./list.ts'),
    },
    { name: 'show', summary: 'show one backup key', load: () => import('./show.ts') },
    {
      name: 'default',
      summary: 'make a key the default for backups that name none',
      load: () => import('./default.ts'),
    },
    {
      name: 'download',
      summary: 'write a key to a file, under a password',
      load: () => import('./download.ts'),
    },
    {
      name: 'inspect',
      summary: 'describe a key file; needs no password and no server',
      load: () => import('./inspect.ts'),
    },
    {
      name: 'upload',
      summary: 'upload a key file, and trust the installation that it came from',
      load: () => import('./upload.ts'),
    },
    {
      name: 'delete',
      summary: 'delete a key; refused while it opens backups',
      load: () => import('./delete.ts'),
    },
  ],
};
