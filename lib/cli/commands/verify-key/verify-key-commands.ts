/** The commands below `holdfast verify-key`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const verifyKeyCommands: CommandEntry = {
  name: 'verify-key',
  summary: "look after the public keys that archives' signatures are checked with",
  commands: [
    {
      name: 'show',
      summary: "show this installation's own, to be imported elsewhere",
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
      summary: 'trust its archives no longer',
      load: () => import('./delete.ts'),
    },
  ],
};
