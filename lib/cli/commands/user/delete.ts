import type { Command } from 'commander';
import * as people from '../../../client/calls/people.ts';
import { defineEnding } from '../../requests/end-user.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void =>
  defineEnding(command, session, {
    question: 'Remove',
    end: people.erase,
    done: 'removed',
  });
