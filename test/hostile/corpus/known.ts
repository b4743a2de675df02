/** Shapes that are not refused as they should be, yet. To be empty. */
export const known: readonly string[] = [];
