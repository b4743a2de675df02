/** The commands below `holdfast domain`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const domainCommands: CommandEntry = {
  name: 'domain',
  summary: 'manage the domains of the installation',
  commands: [
    {
      name: 'create',
      summary: 'create a domain with its own backup key',
      load: () => import('./create.ts'),
    },
    { name: 'list', summary: 'list the domains', load: () => import('./list.ts') },
    { name: 'show', summary: 'show one domain', load: () => import('./show.ts') },
    {
      name: 'delete',
      summary: 'delete an empty domain',
      load: () => import('./delete.ts'),
    },
  ],
};
