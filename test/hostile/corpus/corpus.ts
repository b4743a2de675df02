/** All crafted shapes, grouped by the part that they change. */
import { bounds, limits } from './bounds.ts';
import { contentsLines } from './contents-lines.ts';
import { jsonForms } from './json-forms.ts';
import { keyMembers } from './key-members.ts';
import { manifestMembers } from './manifest-members.ts';
import { manifestRules } from './manifest-rules.ts';
import { outerLayout } from './outer-layout.ts';
import { sealing } from './sealing.ts';
import type { Shape } from './shape.ts';
import { signatures } from './signatures.ts';
import { strings } from './strings.ts';
import { tarHeaders } from './tar-headers.ts';
import { treeEntries } from './tree-entries.ts';

export const corpus: readonly Shape[] = [
  ...jsonForms,
  ...manifestRules,
  ...manifestMembers,
  ...outerLayout,
  ...signatures,
  ...keyMembers,
  ...sealing,
  ...tarHeaders,
  ...treeEntries,
  ...contentsLines,
  ...strings,
  ...limits,
];

/** Shapes that run in a process each, whose memory is watched. */
export const costly: readonly Shape[] = bounds;

export const allShapes: readonly Shape[] = [...corpus, ...costly];
