/** The commands below `holdfast schedule`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const scheduleCommands: CommandEntry = {
  name: 'schedule',
  summary: 'manage schedules, which begin backups automatically',
  commands: [
    {
      name: 'create',
      summary: 'make a schedule',
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
      summary: 'pause a schedule; it misses nothing meanwhile',
      load: () => import('./pause.ts'),
    },
    {
      name: 'resume',
      summary: 'resume a schedule, from its next time',
      load: () => import('./resume.ts'),
    },
    {
      name: 'run',
      summary: 'begin the backup of a schedule now',
      load: () => import('./run.ts'),
    },
    {
      name: 'delete',
      summary: 'delete a schedule; its backups stay',
      load: () => import('./delete.ts'),
    },
  ],
};
