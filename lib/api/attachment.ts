/** Answers that are kept as a file. The file name comes from an archive or a request, and may be anything. */

/** Characters that change how a name is read, or where it ends: "exe.<RLO>gpj" shows as "exe.jpg" turned around. */
const MISLEADING = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\\/]/gu;

/** RFC 8187 allows fewer characters than `encodeURIComponent` leaves unchanged. */
const encodedValue = (text: string): string =>
  encodeURIComponent(text).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

/** The header Content-Disposition for a file of this name: browsers save the file, and never show it as a page. */
export const attachmentNamed = (name: string): string =>
  `attachment; filename*=UTF-8''${encodedValue(name.toWellFormed().replace(MISLEADING, '_'))}`;
