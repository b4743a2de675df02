/** The first line of a failure: what happened, and in a sentence of its own, or by a command in the same one, what to do next. */
export const FIRST_LINE = /^error: (?:.*[.?!:…] (?:[A-Z"]|--)\S* .*|.*[;:] "?holdfast [a-z-]+.*)$/;

export const firstLine = (err: string): string => err.split('\n')[0] ?? '';
