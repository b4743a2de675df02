/** The commands below `holdfast audit`: a file of this folder each, loaded only when it runs. */
import type { CommandEntry } from '../../command-entry.ts';

export const auditCommands: CommandEntry = {
  name: 'audit',
  summary: 'see who did what, and verify that the audit trail was not changed',
  commands: [
    {
      name: 'list',
      summary: 'list what was done, the newest first',
      load: () => import('./list.ts'),
    },
    {
      name: 'export',
      summary: 'write the whole audit trail to a file, with its signed end',
      load: () => import('./export.ts'),
    },
    {
      name: 'verify',
      summary: 'verify that the audit trail, on the server or in a file, is complete and unchanged',
      load: () => import('./verify.ts'),
    },
  ],
};
