/**
 * What an entry's content throws when the rest of it cannot be had, now or later: the message is the reason. The entry
 * stays in the archive with zeros in the place of what is missing, its contents say `changed`, and the capture goes on.
 * Whoever throws it names the entry among what was skipped.
 */
export class ContentLost extends Error {
  override readonly name = 'ContentLost';
}
