/**
 * Bytes of an archive that one function reads back: 24 GiB take six of its fifteen minutes at its lasting speed of 70
 * MiB/s. The rest is room for slow hours, and for archives of one range, which are read without a stop.
 */
export const VERIFY_BYTES = 24 * 1024 ** 3;
