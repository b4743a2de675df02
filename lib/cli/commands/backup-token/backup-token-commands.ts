/** The commands below `holdfast backup-token`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const backupTokenCommands: CommandEntry = {
  name: 'backup-token',
  summary: 'manage your backup token, a second secret for making, downloading and restoring backups',
  commands: [
    {
      name: 'create',
      summary: 'make your backup token; it is shown this once',
      load: () => import('./create.ts'),
    },
    {
      name: 'reset',
      summary: 'replace it by a new one',
      load: () => import('./reset.ts'),
    },
    {
      name: 'show',
      summary: 'show whether one is required, and whether yours can be used',
      load: () => import('./show.ts'),
    },
    {
      name: 'allow-now',
      summary: 'end the wait of a new one; works on the data folder of this machine',
      load: () => import('./allow-now.ts'),
    },
  ],
};
