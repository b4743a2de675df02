/** A person as people read them. */
import type { PersonView } from '../../model/records/person.ts';
import type { Answer } from '../requests/answer.ts';
import { shownTime } from '../terminal/shown-time.ts';
import { pairLines } from '../terminal/table.ts';
import { visible } from '../terminal/visible-text.ts';

/** `operator, auditor in north`. */
export const userRoles = (user: Answer<PersonView>): string =>
  user
    .list('grants')
    .map((grant) =>
      grant.has('domain')
        ? `${visible(grant.text('role'))} in ${visible(grant.text('domain'))}`
        : visible(grant.text('role')),
    )
    .join(', ');

export const userState = (user: Answer<PersonView>): string => {
  if (user.flag('disabled')) return 'disabled';
  if (user.has('issuer')) return `signs in at ${visible(user.text('issuer'))}`;
  if (user.flag('hasPassword')) return 'active';
  return user.has('invitedUntil') ? 'invited' : 'without password';
};

export const userReport = (user: Answer<PersonView>): string[] =>
  pairLines([
    ['person', visible(user.text('id'))],
    ['signs in as', visible(user.text('signInName'))],
    ['mail', visible(user.text('mail'))],
    ['roles', userRoles(user)],
    ['state', userState(user)],
    ['invited until', user.has('invitedUntil') ? shownTime(user.text('invitedUntil')) : ''],
    ['at the issuer', visible(user.text('subject'))],
    ['roles until', user.has('rolesUntil') ? shownTime(user.text('rolesUntil')) : ''],
    ['password of', user.has('passwordChangedAt') ? shownTime(user.text('passwordChangedAt')) : ''],
    ['created', shownTime(user.text('createdAt'))],
    ['by', visible(user.text('createdBy'))],
    ['last here', user.has('lastUsedAt') ? shownTime(user.text('lastUsedAt')) : 'never'],
  ]);
