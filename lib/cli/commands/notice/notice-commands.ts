/** The commands below `holdfast notice`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const noticeCommands: CommandEntry = {
  name: 'notice',
  summary: 'see the notices that were sent, and the result of each delivery',
  commands: [
    {
      name: 'list',
      summary: 'list notices, the newest first; or the deliveries that are dead or waiting',
      load: () => import('./list.ts'),
    },
    {
      name: 'show',
      summary: 'show a notice, and what each channel answered',
      load: () => import('./show.ts'),
    },
    {
      name: 'resend',
      summary: 'deliver a notice again',
      load: () => import('./resend.ts'),
    },
    {
      name: 'test',
      summary: 'send a test to a channel now, and see its answer',
      load: () => import('./test.ts'),
    },
  ],
};
