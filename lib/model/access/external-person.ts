/** Ids of people who sign in at an issuer begin with this word; those of people whom Holdfast itself made never do. */
export const EXTERNAL_PERSON = 'oidc';

/** Whether the id is of a person who signs in at an issuer. */
export const isExternalPerson = (id: string): boolean => id.startsWith(`${EXTERNAL_PERSON}-`);
