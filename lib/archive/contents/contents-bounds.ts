/** The limits of a line of contents: the pax header of a tar has 64 KiB, so no path and no link in one is longer. */
export const MAX_NAME_CHARACTERS = 64 * 1024;
export const MAX_NAME_BASE64 = 4 * Math.ceil(MAX_NAME_CHARACTERS / 3);
