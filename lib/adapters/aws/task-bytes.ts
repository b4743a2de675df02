/** How much one function on AWS takes on of a large archive. */

/**
 * Bytes of an archive that one function reads back: 24 GiB take six of its fifteen minutes at its lasting speed of 70
 * MiB/s. The rest is room for slow hours, and for archives of one range, which are read without a stop.
 */
export const VERIFY_BYTES = 24 * 1024 ** 3;

/** Bytes of large objects that one task restores, or as much work: some five minutes, as tasks of a capture take. */
export const RESTORE_BYTES = 16 * 1024 ** 3;
