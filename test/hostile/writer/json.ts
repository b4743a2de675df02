/** JSON for a hostile writer: any value, also in texts that `JSON.stringify` never produces. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** The canonical form of a JSON member: no white space, one line feed at the end. */
export const oneForm = (value: Json): string => `${JSON.stringify(value)}\n`;

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
