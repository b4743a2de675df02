/**
 * Makes a shape of the corpus and writes its bytes to standard output: `make-shape.ts NAME`, with the keys as
 * JSON on standard input. The memory needed to make the shape is thus not counted for the process that reads
 * it.
 */
import { readFileSync, writeSync } from 'node:fs';
import { keysFrom } from '../writer/archive.ts';
import { allShapes } from './corpus.ts';

const [name] = process.argv.slice(2);
const shape = allShapes.find((one) => one.name === name);
if (shape === undefined) throw new Error(`no shape is called ${name}`);
const bytes = await shape.make(keysFrom(JSON.parse(readFileSync(0, 'utf8'))));
for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
