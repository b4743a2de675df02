import type { Command } from 'commander';
import { defineMaking } from '../../requests/make-backup-token.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => defineMaking(command, session, 'reset');
