import * as z from 'zod';

const MAX_WAIT_MINUTES = 1440;

/** How long a run waits for another operation to end. @default 0: the run is refused at once, and recorded */
export const waitMinutesSchema = z.number().int().min(0).max(MAX_WAIT_MINUTES).default(0);
