/** One line of JSON in ASCII, because some line readers also split at U+2028. */
export const jsonLine = (value: unknown): string =>
  `${JSON.stringify(value).replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
