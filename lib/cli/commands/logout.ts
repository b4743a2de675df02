import type { Command } from 'commander';
import { removeLogin } from '../login/login-file.ts';
import type { Session } from '../session.ts';

export const define = (command: Command, session: Session): void => {
  command.action(async () => {
    const wasLoggedIn = await removeLogin(session.environment);
    await session.output.result({ wasLoggedIn }, () => [
      wasLoggedIn ? 'logged out: the token is deleted here' : 'nobody was logged in',
    ]);
    if (wasLoggedIn)
      session.output.note(
        'The token itself stays valid until it expires. To end it before that: holdfast token revoke ID, or sign out at its issuer.',
      );
  });
};
