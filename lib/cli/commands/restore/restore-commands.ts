/** The commands below `holdfast restore`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const restoreCommands: CommandEntry = {
  name: 'restore',
  summary: 'look at restores ("backup restore" starts one)',
  commands: [
    {
      name: 'list',
      summary: 'list restores, the newest first',
      load: () => import('./list.ts'),
    },
    {
      name: 'show',
      summary: 'show one restore, component by component',
      load: () => import('./show.ts'),
    },
    {
      name: 'plan',
      summary: 'list what a restore does or would do, entry by entry',
      load: () => import('./plan.ts'),
    },
  ],
};
