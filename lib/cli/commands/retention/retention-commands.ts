/** The commands below `holdfast retention`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const retentionCommands: CommandEntry = {
  name: 'retention',
  summary: 'see which backups the rules keep',
  commands: [
    {
      name: 'plan',
      summary: 'show for each backup whether it stays, and why; changes nothing',
      load: () => import('./plan.ts'),
    },
  ],
};
