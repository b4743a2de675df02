/** The kind `dynamodb`: a table, from an export of one second when point-in-time recovery is on, else from a scan. */
import { type DynamodbSettings, dynamodbSettingsSchema } from '../../model/components/dynamodb.ts';
import { HoldfastError } from '../../model/errors.ts';
import { archivedTable, type TableDescription, type TableStore } from '../../ports/sources/table-store.ts';
import type { ComponentKind, Json, Task } from '../component-kind.ts';
import { plainDetails } from '../details.ts';
import { cleanUpTree, isFolder, planTree, requireFolder, restoreTree } from '../restore-tree.ts';
import { folderIdentity } from '../target-identity.ts';
import { captureItems, unreadSchema, workSchema } from './capture-items.ts';
import { planItems, restoreItems, sharedTable } from './restore-items.ts';

export const BYTES_PER_SHARD = 8 * 1024 ** 3;
export const MAX_SHARDS = 48;

/** @throws `component_unavailable` on a host that has no tables. */
const storeOf = ({ tables, settings }: Task<DynamodbSettings>): TableStore => {
  if (tables !== undefined) return tables;
  throw new HoldfastError(
    'component_unavailable',
    `component "${settings.id}" is a DynamoDB table, which only an installation on AWS can read; take it out of this configuration, or deploy Holdfast on AWS`,
  );
};

const described = async (task: Task<DynamodbSettings>): Promise<TableDescription> => {
  const { table } = task.settings;
  const found = await storeOf(task).describe(table);
  if (found !== undefined) return found;
  throw new HoldfastError(
    'component_unavailable',
    `there is no table ${table}; check the name in the component`,
  );
};

/** In details: the tasks that could not read anything. */
const UNREAD = 'unread/';

const TABLE = /^[A-Za-z0-9_.-]{3,255}$/;
const UNCONFIGURED = 'unconfigured';

const checkTarget = (target: string): void => {
  if (isFolder(target) || TABLE.test(target)) return;
  throw new HoldfastError(
    'invalid_request',
    `${JSON.stringify(target)} is not the name of a table: it has 3 to 255 characters of A-Z a-z 0-9 _ . -`,
  );
};

export const dynamodb: ComponentKind<DynamodbSettings> = {
  kind: 'dynamodb',
  content: { layout: 'tar' },

  details: plainDetails,

  target: ({ table }) => table,

  checkTarget,

  identify: ({ target }) => (isFolder(target) ? folderIdentity(target) : { of: 'table', table: target }),

  settingsFromTarget: (id, target) => {
    checkTarget(target);
    // Settings say what is captured; they do not apply to a folder that items are restored into.
    const table = isFolder(target) ? UNCONFIGURED : target;
    return dynamodbSettingsSchema.parse({ id, kind: 'dynamodb', table });
  },

  check: async (task) => {
    await described(task);
  },

  plan: async (task) => {
    const { bytes, pointInTimeRecovery } = await described(task);
    const shards = Math.min(MAX_SHARDS, Math.max(1, Math.ceil(bytes / BYTES_PER_SHARD)));
    const work = pointInTimeRecovery
      ? {
          export: {
            ...(await storeOf(task).startExport(task.settings.table, `${task.backupId}/${task.settings.id}`)),
          },
        }
      : {};
    return {
      shards: Array.from({ length: shards }, (_, shard) => ({ shard, shards, work })),
      expectedBytes: bytes,
    };
  },

  capture: async (task) => {
    const { shard, work } = task.shard;
    const { export: exported } = workSchema.parse(work ?? {});
    const { done, waits = false, items, unread } = await captureItems(task, storeOf(task));
    const details: Record<string, Json> = { [`items/${shard}`]: items };
    if (unread !== undefined) details[`${UNREAD}${shard}`] = unread;
    // Saved by the first task only; the other tasks' details are added to its details.
    if (shard === 0 && done) {
      const { schema } = await described(task);
      details.schema = JSON.parse(JSON.stringify(archivedTable(schema)));
      details.table = task.settings.table;
      details.method = exported === undefined ? 'scan' : 'export';
      details.consistent = exported === undefined ? false : exported.at;
    }
    return { done, details, ...(waits && { waits }) };
  },

  shortcoming: ({ entries, details }) => {
    const unread = Object.entries(details).flatMap(([name, detail]) =>
      name.startsWith(UNREAD) ? [unreadSchema.parse(detail)] : [],
    );
    const [first] = unread;
    if (entries > 0 || first === undefined) return undefined;
    const files = unread.reduce((sum, one) => sum + one.files, 0);
    return `none of the items of table ${details.table} could be read, since ${files} files of its export are incomplete; the first one, ${first.first}`;
  },

  planRestore: (task) =>
    task.tables === undefined ? planTree(requireFolder(task, 'a table')) : planItems(task, task.tables),

  restore: (task) =>
    task.tables === undefined ? restoreTree(requireFolder(task, 'a table')) : restoreItems(task, task.tables),

  sharedRestore: ({ tables }) => tables && sharedTable(tables),

  /** Items written to a table stay: the next run of the same restore writes the same items. */
  cleanUp: async (task) => (isFolder(task.target) ? cleanUpTree(task) : undefined),
};
