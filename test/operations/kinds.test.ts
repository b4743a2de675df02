/** What each kind of operation must provide; a kind that lacks something fails by name. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { eventTypes } from '../../lib/model/records/event.ts';
import { operationKinds, operationTable } from '../../lib/model/records/operation.ts';
import { operations } from '../../lib/operations/kinds.ts';
import { placements } from '../../lib/ports/catalog/placement.ts';

const definition = (kind: string): string => `statemachines/${kind}.asl.json`;

describe.each(operationKinds)('the kind of operation %s', (kind) => {
  test('has a state machine, and records', () => {
    expect(existsSync(definition(kind))).toBe(true);
    expect(placements).toHaveProperty(operationTable[kind].record);
  });

  test('says what to do next after each of its outcomes', () => {
    const own = eventTypes.filter((type) => type.startsWith(`${kind}.`));
    expect(own.map((type) => type.slice(kind.length + 1)).sort()).toEqual(
      Object.keys(operations[kind].nextSteps).sort(),
    );
    for (const nextSteps of Object.values(operations[kind].nextSteps))
      expect(nextSteps({ backupId: 'a-backup', operationId: 'an-operation' }).join('\n')).toMatch(
        /holdfast (backup|restore) |Nothing to do|upload.* again|unchanged/,
      );
  });
});
