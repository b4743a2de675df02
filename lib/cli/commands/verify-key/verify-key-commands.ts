/** The commands below `holdfast verify-key`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const verifyKeyCommands: CommandEntry = {
  name: 'verify-key',
  summary: 'manage the public keys that verify the signatures of archives',
  commands: [
    {
      name: 'show',
      summary: 'show the verify key of this installation, to be imported elsewhere',
      load: () => import('./show.ts'),
    },
    {
      name: 'list',
      summary: 'list the installations whose archives are trusted',
      load: () => import('./list.ts'),
    },
    {
      name: 'import',
      summary: 'trust the archives of another installation',
      load: () => import('./import.ts'),
    },
    {
      name: 'delete',
      summary: 'stop trusting the archives of an installation',
      load: () => import('./delete.ts'),
    },
  ],
};
