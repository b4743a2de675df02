import type { Command } from 'commander';
import { defineEnding } from '../../requests/end-user.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void =>
  defineEnding(command, session, {
    question: 'Disable',
    end: (client, path, body) => client.post(`${path}/disable`, { body }),
    done: 'disabled',
  });
