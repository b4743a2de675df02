/**
 * How much of an archive one function reads back: 24 GiB take six minutes of its fifteen at the 70 MiB/s that it has for
 * long. Half of them is room for a slow hour, and for archives of one range, whose reading does not stop between.
 */
export const VERIFY_BYTES = 24 * 1024 ** 3;
