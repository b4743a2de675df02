/**
 * A process that takes shapes of the corpus through all stages and prints one JSON line for each:
 * `run-corpus.ts` runs all except the costly ones, `run-corpus.ts NAME ...` runs the named ones.
 */
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { jsonLine } from '../../campaign/json-line.ts';
import { newKeys } from '../writer/archive.ts';
import { allShapes, corpus } from './corpus.ts';
import { type TriedShape, tryShape } from './try-shape.ts';

export interface ShapeResult extends TriedShape {
  readonly name: string;
}

const names = process.argv.slice(2);
const keys = await newKeys();
const pool = new SegmentPool({ size: 2 });
for (const shape of names.length === 0 ? corpus : allShapes.filter(({ name }) => names.includes(name))) {
  const tried = await tryShape(shape, await shape.make(keys), { keys, pool });
  process.stdout.write(jsonLine({ name: shape.name, ...tried } satisfies ShapeResult));
}
await pool.close();
