/** The commands below `holdfast backup-token`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const backupTokenCommands: CommandEntry = {
  name: 'backup-token',
  summary: 'manage your backup token, a second secret for creating, downloading and restoring backups',
  commands: [
    {
      name: 'create',
      summary: 'create your backup token; it is shown only this once',
      load: () => import('./create.ts'),
    },
    {
      name: 'reset',
      summary: 'replace your backup token by a new one',
      load: () => import('./reset.ts'),
    },
    {
      name: 'show',
      summary: 'show whether a backup token is required, and whether yours can be used',
      load: () => import('./show.ts'),
    },
    {
      name: 'allow-now',
      summary: 'end the waiting time of a new backup token; works on the data folder of this machine',
      load: () => import('./allow-now.ts'),
    },
  ],
};
