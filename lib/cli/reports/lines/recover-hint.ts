/** Where the commands for a restore without Holdfast come from, said wherever an archive is met. */

/** Of an archive that somebody has in hand. */
export const recoverHint =
  'To restore it without Holdfast, take the commands of "holdfast recover-script": RECOVER.md in it is the text of whoever made it.';

/** Of an archive that another installation made. */
export const strangersText = 'the text of whoever made it, re-sealed or not: use "holdfast recover-script"';
