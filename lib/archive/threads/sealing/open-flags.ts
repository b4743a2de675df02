import { constants } from 'node:fs';

/**
 * How a file of a tree is opened to be read. O_NONBLOCK: what was a file a moment ago may be a pipe now, and opening it must
 * not wait for a writer. O_NOFOLLOW: it may be a symlink now.
 */
export const FILE_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
