/** The commands below `holdfast domain`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const domainCommands: CommandEntry = {
  name: 'domain',
  summary: 'look after the domains of the installation',
  commands: [
    {
      name: 'create',
      summary: 'make a domain, with a backup key of its own',
      load: () => import('./create.ts'),
    },
    { name: 'list', summary: 'list the domains', load: () => import('./list.ts') },
    { name: 'show', summary: 'show one domain', load: () => import('./show.ts') },
    {
      name: 'delete',
      summary: 'remove a domain that is empty',
      load: () => import('./delete.ts'),
    },
  ],
};
