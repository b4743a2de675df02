/** The commands below `holdfast token`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const tokenCommands: CommandEntry = {
  name: 'token',
  summary: 'create tokens for people and programs, see when they were used, revoke them',
  commands: [
    {
      name: 'create',
      summary: 'create a token of a role, and show it only this once',
      load: () => import('./create.ts'),
    },
    {
      name: 'list',
      summary: 'list tokens, the newest first',
      load: () => import('./list.ts'),
    },
    { name: 'show', summary: 'show one token', load: () => import('./show.ts') },
    {
      name: 'revoke',
      summary: 'revoke a token',
      load: () => import('./revoke.ts'),
    },
  ],
};
