/** JSON as a hostile writer needs it: any value, and texts that no `JSON.stringify` would give. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** The one form of a JSON member: no white space, one line feed at the end. */
export const oneForm = (value: Json): string => `${JSON.stringify(value)}\n`;

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
