/** Ids of people who sign in at an issuer begin with this word; ids of other people never do. */
export const EXTERNAL_PERSON = 'oidc';

/** Whether the id belongs to a person who signs in at an issuer. */
export const isExternalPerson = (id: string): boolean => id.startsWith(`${EXTERNAL_PERSON}-`);
