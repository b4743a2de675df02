/** What the commands for people share: roles on the command line, and passwords, which are never given there. */
import type { Role } from '../../model/access/permissions.ts';
import { roleNames } from '../../model/access/permissions.ts';
import type { PersonView } from '../../model/records/person.ts';
import { usageFailure } from '../failure.ts';
import { userReport } from '../reports/user-report.ts';
import type { Session } from '../session.ts';
import { visible } from '../terminal/visible-text.ts';
import { Answer } from './answer.ts';

export const ROLE_HELP = `a role, as ROLE or ROLE@DOMAIN; may be given again (${roleNames.join(', ')})`;

/** `operator`, `auditor@north`. @throws a usage Failure */
export const grantOf = (text: string): { role: Role; domain?: string } => {
  const at = text.indexOf('@');
  const word = at < 0 ? text : text.slice(0, at);
  const role = roleNames.find((one) => one === word);
  if (role === undefined)
    throw usageFailure(`--role ${visible(text)}: the roles are ${roleNames.join(', ')}`);
  return at < 0 ? { role } : { role, domain: text.slice(at + 1) };
};

export type InvitedUser = PersonView & { readonly invitation: string };

/** The person, and the invitation as the last line. */
export const showInvited = async (session: Session, made: Answer<InvitedUser>): Promise<void> => {
  await session.output.result(made.raw, () => [
    ...userReport(new Answer(made.raw)),
    '',
    visible(made.text('invitation')),
  ]);
  session.output.note(
    'The last line is the invitation, shown only this once. Give it to the person, who chooses a password with it on the page or with "holdfast user accept".',
  );
};
