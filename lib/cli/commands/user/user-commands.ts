/** The commands below `holdfast user`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const userCommands: CommandEntry = {
  name: 'user',
  summary: 'manage people who sign in with a password',
  commands: [
    {
      name: 'create',
      summary: 'create a person, and show the invitation to choose a password only this once',
      load: () => import('./create.ts'),
    },
    {
      name: 'list',
      summary: 'list people, the newest first',
      load: () => import('./list.ts'),
    },
    { name: 'show', summary: 'show one person', load: () => import('./show.ts') },
    {
      name: 'update',
      summary: 'change the name, the mail address or the roles of a person',
      load: () => import('./update.ts'),
    },
    {
      name: 'set-password',
      summary: 'set the password of a person',
      load: () => import('./set-password.ts'),
    },
    {
      name: 'invite',
      summary:
        'delete the password of a person, who chooses another with the invitation that is shown only this once',
      load: () => import('./invite.ts'),
    },
    {
      name: 'accept',
      summary: 'choose a password with an invitation',
      load: () => import('./accept.ts'),
    },
    {
      name: 'disable',
      summary: 'disable a person: end the sessions, and refuse further sign-ins',
      load: () => import('./disable.ts'),
    },
    { name: 'enable', summary: 'enable a disabled person again', load: () => import('./enable.ts') },
    { name: 'delete', summary: 'delete a person', load: () => import('./delete.ts') },
  ],
};
