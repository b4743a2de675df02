import type { CommandEntry } from '../command-entry.ts';
import { commandTree } from '../command-tree.ts';

/** The command that the words of a command line name, as far as they do: `holdfast backup create`. */
export const commandOf = (words: readonly string[]): string => {
  let entries: readonly CommandEntry[] = commandTree;
  const path = ['holdfast'];
  for (const word of words) {
    const entry = entries.find(({ name }) => name === word);
    if (entry === undefined) continue;
    path.push(entry.name);
    entries = entry.commands ?? [];
  }
  return path.join(' ');
};
