/** The commands below `holdfast approval`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const approvalCommands: CommandEntry = {
  name: 'approval',
  summary: 'see the requests of others for approval, and approve or reject them',
  commands: [
    {
      name: 'list',
      summary: 'list the requests for approval, the newest first',
      load: () => import('./list.ts'),
    },
    {
      name: 'show',
      summary: 'show one request: the exact plan, its digest, and who has approved it',
      load: () => import('./show.ts'),
    },
    {
      name: 'approve',
      summary: 'approve a plan, by its digest',
      load: () => import('./approve.ts'),
    },
    {
      name: 'reject',
      summary: 'reject a plan, or take an approval back',
      load: () => import('./reject.ts'),
    },
    {
      name: 'withdraw',
      summary: 'withdraw a request of your own',
      load: () => import('./withdraw.ts'),
    },
  ],
};
