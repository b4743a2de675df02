/** The commands below `holdfast schedule`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const scheduleCommands: CommandEntry = {
  name: 'schedule',
  summary: 'manage schedules, which start backups automatically',
  commands: [
    {
      name: 'create',
      summary: 'create a schedule',
      load: () => import('./create.ts'),
    },
    {
      name: 'list',
      summary: 'list schedules, with the next run of each',
      load: () => import('./list.ts'),
    },
    {
      name: 'show',
      summary: 'show one schedule, with its next five runs',
      load: () => import('./show.ts'),
    },
    {
      name: 'update',
      summary: 'change a schedule',
      load: () => import('./update.ts'),
    },
    {
      name: 'pause',
      summary: 'pause a schedule; no run counts as missed meanwhile',
      load: () => import('./pause.ts'),
    },
    {
      name: 'resume',
      summary: 'resume a schedule, from its next time on',
      load: () => import('./resume.ts'),
    },
    {
      name: 'run',
      summary: 'start the backup of a schedule now',
      load: () => import('./run.ts'),
    },
    {
      name: 'delete',
      summary: 'delete a schedule; its backups stay',
      load: () => import('./delete.ts'),
    },
  ],
};
