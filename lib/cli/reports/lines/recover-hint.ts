/** Where to find the commands for a restore without Holdfast, shown with every archive. */

/** For an archive in a file. */
export const recoverHint =
  'To restore it without Holdfast, take the commands of "holdfast recover-script": RECOVER.md in it is the text of whoever made it.';

/** For an archive that another installation made. */
export const strangersText = 'the text of whoever made it, re-sealed or not: use "holdfast recover-script"';
