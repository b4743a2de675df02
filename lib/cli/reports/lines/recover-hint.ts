/** Where to find the commands for a restore without Holdfast, shown with every archive. */

/** For an archive in a file. */
export const recoverHint =
  'To restore it without Holdfast, use the commands of "holdfast recover-script": whoever made the archive wrote its RECOVER.md.';

/** For an archive that another installation made. */
export const strangersText =
  'written by whoever made the archive, re-sealed or not: use "holdfast recover-script"';
