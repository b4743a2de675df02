/** Fields that many records have. */
import * as z from 'zod';

export const instant = z.iso.datetime({ offset: true });
export const count = z.number().int().nonnegative();
