/** An invitation lets a person choose a password, once. It is shown to the maker of the person, who hands it on. */
import type { PersonRecord } from '../../../model/records/person.ts';
import type { Host } from '../../../ports/host.ts';
import { hashOfSecret, newSecretText } from '../secret.ts';

const LASTS_MILLISECONDS = 3 * 24 * 3600_000;

const TEXT = /^hfi_(person-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

export const newInvitation = (
  { clock }: Pick<Host, 'clock'>,
  id: string,
): { readonly text: string; readonly invitation: NonNullable<PersonRecord['invitation']> } => {
  const secret = newSecretText();
  const expiresAt = new Date(clock.now().getTime() + LASTS_MILLISECONDS).toISOString();
  return { text: `hfi_${id}_${secret}`, invitation: { hash: hashOfSecret(secret), expiresAt } };
};

/** Whom an invitation is for, and its hash; undefined for a text that is not an invitation. */
export const readInvitation = (text: string): { readonly id: string; readonly hash: string } | undefined => {
  const [, id, secret] = TEXT.exec(text.trim()) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, hash: hashOfSecret(secret) };
};
