/** The names that schemas have in the OpenAPI document, and their JSON Schemas. */
import * as z from 'zod';
import {
  componentIdSchema,
  contentPieceSchema,
  encryptionSchema,
  skippedSchema,
  verifyKeySchema as verifyKeyText,
} from '../../archive/format.ts';
import { fileNameSchema, idSchema, labelSchema } from '../../model/ids.ts';
import { domainViewSchema, roleSchema, tokenViewSchema } from '../../model/records/access.ts';
import {
  backupViewSchema,
  componentBackupSchema,
  failedVerificationSchema,
  filterSchema,
  holdSchema,
  removalSchema,
  resealedSignerSchema,
  restoreSummarySchema,
} from '../../model/records/backup.ts';
import { backupKeyViewSchema, verifyKeySchema } from '../../model/records/keys.ts';
import {
  componentStateSchema,
  errorCodeSchema,
  operationSchema,
  progressSchema,
  stateSchema,
} from '../../model/records/operation.ts';
import { resealSchema } from '../../model/records/reseal.ts';
import {
  bitsLeftOutSchema,
  componentPlanSchema,
  componentRestoreSchema,
  existingSchema,
  overDatabaseSchema,
  planCountsSchema,
  planEntrySchema,
  plannedEntrySchema,
  restoreApprovalSchema,
  restoreSchema,
  rightsCountSchema,
  targetStateSchema,
} from '../../model/records/restore.ts';
import { scopeSchema } from '../../model/records/scope.ts';
import { trustedSignerSchema } from '../../model/records/seal.ts';
import { importSchema, uploadSchema } from '../../model/records/transfer.ts';
import { verificationSchema } from '../../model/records/verification.ts';
import {
  createDomainSchema,
  createTokenSchema,
  deleteDomainSchema,
  revokeTokenSchema,
} from '../../model/requests/access.ts';
import {
  createBackupSchema,
  deleteLaterSchema,
  holdBackupSchema,
  resealBackupSchema,
  verifyBackupSchema,
} from '../../model/requests/backups.ts';
import { trustSchema } from '../../model/requests/fields.ts';
import {
  createKeySchema,
  deleteKeySchema,
  downloadKeySchema,
  importVerifyKeySchema,
  uploadKeySchema,
} from '../../model/requests/keys.ts';
import { createRestoreSchema } from '../../model/requests/restores.ts';
import { retentionPlanSchema } from '../../model/requests/retention.ts';
import { createUploadSchema } from '../../model/requests/uploads.ts';

import { retentionSchema } from '../../model/retention/policy.ts';

export type JsonObject = Record<string, unknown>;

const names = z.registry<{ id: string }>();

/** Gives a schema its name in the document. Each schema of a body or an answer needs one. */
export const named = <S extends z.ZodType>(id: string, schema: S): S => {
  names.add(schema, { id });
  return schema;
};

const ofTheModel = {
  ...{ Id: idSchema, Label: labelSchema, FileName: fileNameSchema, ComponentId: componentIdSchema },
  ...{ State: stateSchema, ComponentState: componentStateSchema, ErrorCode: errorCodeSchema },
  ...{ Scope: scopeSchema, Existing: existingSchema, Progress: progressSchema, Operation: operationSchema },
  ...{ Encryption: encryptionSchema, Skipped: skippedSchema, ContentPiece: contentPieceSchema },
  ...{ Backup: backupViewSchema, ComponentBackup: componentBackupSchema, Filter: filterSchema },
  ...{ RestoreSummary: restoreSummarySchema, ResealedSigner: resealedSignerSchema },
  ...{ BackupHold: holdSchema, BackupRemoval: removalSchema, FailedVerification: failedVerificationSchema },
  ...{
    HoldBackup: holdBackupSchema,
    DeleteLater: deleteLaterSchema,
    RetentionPlanRequest: retentionPlanSchema,
  },
  ...{ RetentionPolicy: retentionSchema },
  ...{ TrustedSigner: trustedSignerSchema, VerifyKeyText: verifyKeyText, Trust: trustSchema },
  ...{ Restore: restoreSchema, ComponentRestore: componentRestoreSchema, BitsLeftOut: bitsLeftOutSchema },
  ...{ ComponentPlan: componentPlanSchema, PlanCounts: planCountsSchema, RightsCount: rightsCountSchema },
  ...{ OverDatabase: overDatabaseSchema },
  ...{ RestoreApproval: restoreApprovalSchema, TargetState: targetStateSchema },
  ...{ PlanEntry: planEntrySchema, PlannedEntry: plannedEntrySchema },
  ...{ Verification: verificationSchema, Import: importSchema, Reseal: resealSchema, Upload: uploadSchema },
  ...{ BackupKey: backupKeyViewSchema, VerifyKey: verifyKeySchema },
  ...{ CreateBackup: createBackupSchema, CreateRestore: createRestoreSchema, CreateKey: createKeySchema },
  ...{ VerifyBackup: verifyBackupSchema, ResealBackup: resealBackupSchema, CreateUpload: createUploadSchema },
  ...{ DownloadKey: downloadKeySchema, UploadKey: uploadKeySchema, DeleteKey: deleteKeySchema },
  ...{ ImportVerifyKey: importVerifyKeySchema },
  ...{ Domain: domainViewSchema, CreateDomain: createDomainSchema, DeleteDomain: deleteDomainSchema },
  ...{
    Role: roleSchema,
    Token: tokenViewSchema,
    CreateToken: createTokenSchema,
    RevokeToken: revokeTokenSchema,
  },
} satisfies Record<string, z.ZodType>;
for (const [id, schema] of Object.entries(ofTheModel)) named(id, schema);

const PREFIX = '#/components/schemas/';
const BASE64 = '^[A-Za-z0-9+/]*={0,2}$';
const MOST_INT32 = 2 ** 31 - 1;

/**
 * A form that every generator reads: patterns without features that only some languages have, and integers with their
 * size.
 */
const readEverywhere = (schema: JsonObject): void => {
  if (schema.format === 'date-time') delete schema.pattern;
  if (schema.format === 'base64') {
    delete schema.format;
    if (schema.minLength === undefined) schema.pattern = BASE64;
  }
  if (schema.type === 'integer' && !(Number(schema.maximum) <= MOST_INT32)) schema.format = 'int64';
  const { propertyNames } = schema;
  if (JSON.stringify(propertyNames) === '{"type":"string"}') delete schema.propertyNames;
};

const options = (io: 'input' | 'output') =>
  ({
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }: { jsonSchema: JsonObject }) => readEverywhere(jsonSchema),
  }) as const;

/** The schema itself, without a reference to a named one: for a parameter. */
export const inlineSchema = (schema: z.ZodType): JsonObject => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, options('input'));
  return rest;
};

/** A reference to a named schema. @throws for a schema without a name */
export const schemaReference = (schema: z.ZodType): { $ref: string } => {
  const name = names.get(schema)?.id;
  if (name === undefined)
    throw new RangeError('a schema of a body or an answer has no name: give it one by `named`');
  return { $ref: `${PREFIX}${name}` };
};

const referencesIn = (schema: unknown): string[] =>
  typeof schema !== 'object' || schema === null
    ? []
    : Object.entries(schema).flatMap(([key, value]) =>
        key === '$ref' && typeof value === 'string' && value.startsWith(PREFIX)
          ? [value.slice(PREFIX.length)]
          : referencesIn(value),
      );

/**
 * The schemas that bodies and answers refer to, directly or through others.
 *
 * @throws when a schema is used by bodies and by answers, and differs between them
 */
export const namedSchemas = (uses: {
  readonly bodies: unknown;
  readonly answers: unknown;
}): Record<string, JsonObject> => {
  const found: Record<string, JsonObject> = {};
  for (const [io, roots] of [['input', uses.bodies] as const, ['output', uses.answers] as const]) {
    const { schemas } = z.toJSONSchema(names, { ...options(io), uri: (id) => `${PREFIX}${id}` });
    const open = [...new Set(referencesIn(roots))];
    const seen = new Set(open);
    for (const id of open) {
      const { $schema: _, $id: __, ...schema } = schemas[id] ?? {};
      const other = found[id];
      if (other !== undefined && JSON.stringify(other) !== JSON.stringify(schema))
        throw new RangeError(`the schema ${id} is not the same in bodies and in answers: give it two names`);
      found[id] = schema;
      for (const next of referencesIn(schema)) {
        if (seen.has(next)) continue;
        seen.add(next);
        open.push(next);
      }
    }
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
};
