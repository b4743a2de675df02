/**
 * The first line of a failure says what happened and what to do next, in a sentence of its own or as a
 * command.
 */
export const FIRST_LINE = /^error: (?:.*[.?!:…] (?:[A-Z"]|--)\S* .*|.*[;:] "?holdfast [a-z-]+.*)$/;

export const firstLine = (err: string): string => err.split('\n')[0] ?? '';
