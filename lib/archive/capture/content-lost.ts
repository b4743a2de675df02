/**
 * Thrown by an entry's content when the rest of it cannot be read, now or later; the message is the reason. The entry
 * stays in the archive with zeros for what is missing, its contents say `changed`, and the capture goes on. The code
 * that throws it names the entry among the skipped ones.
 */
export class ContentLost extends Error {
  override readonly name = 'ContentLost';
}
