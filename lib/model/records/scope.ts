/** What a backup or a key is for: the whole system, or one domain of it. */
import * as z from 'zod';

export const scopeSchema = z.enum(['system', 'domain']);
export type Scope = z.infer<typeof scopeSchema>;
export const ROOT_DOMAIN = 'root';
