import { isExternalPerson } from '../../model/access/external-person.ts';
import type { Session } from '../api/calls.ts';

/**
 * What the person who is signed in proves themselves by: their password here, their API token, or a new sign-in at their
 * issuer.
 */
export const proofOf = ({ principal }: Session): 'password' | 'token' | 'issuer' => {
  if (principal.kind !== 'person') return 'token';
  return isExternalPerson(principal.id) ? 'issuer' : 'password';
};
