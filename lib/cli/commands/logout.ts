import type { Command } from 'commander';
import { removeLogin } from '../login/login-file.ts';
import type { Session } from '../session.ts';

export const define = (command: Command, session: Session): void => {
  command.action(async () => {
    const wasLoggedIn = await removeLogin(session.environment);
    await session.output.result({ wasLoggedIn }, () => [
      wasLoggedIn ? 'logged out: the token is forgotten here' : 'nobody was logged in',
    ]);
    if (wasLoggedIn)
      session.output.note(
        'The token itself is still taken, until it expires: holdfast token revoke ID ends it, and one of an issuer the issuer.',
      );
  });
};
