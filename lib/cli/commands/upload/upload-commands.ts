/** The commands below `holdfast upload`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const uploadCommands: CommandEntry = {
  name: 'upload',
  summary: 'manage uploads of archives ("backup upload" sends one)',
  commands: [
    {
      name: 'list',
      summary: 'list open uploads, the oldest first',
      load: () => import('./list.ts'),
    },
    {
      name: 'abort',
      summary: 'abort an upload, and delete what has arrived',
      load: () => import('./abort.ts'),
    },
  ],
};
