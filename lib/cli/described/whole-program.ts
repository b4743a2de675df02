/** The program for commands that describe it. */
import type { Command } from 'commander';

/** The program with all its commands defined. */
export type WholeProgram = () => Promise<Command>;

/** The part of the program's help beside its commands. */
export const OUTLINE = `
HOLDFAST_URL and HOLDFAST_TOKEN choose the installation; with neither, it is the
embedded one whose data folder is here: ./holdfast-data, --data or HOLDFAST_DATA.
Passphrases come from files, standard input or a prompt.

Exit codes: 0 done, 1 failed, 2 usage, 3 done in part, 4 not found, 5 refused,
6 a dry run whose restore would be refused, 7 diff --exit-code found differences,
11 another operation holds the lock, 12 wrong key or passphrase.`;
