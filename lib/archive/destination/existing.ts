/**
 * What a restore does where something exists already: `overwrite` replaces it, except directories; `skip` leaves it;
 * `refuse` fails on it.
 */
export const existingChoices = ['overwrite', 'skip', 'refuse'] as const;
export type Existing = (typeof existingChoices)[number];
