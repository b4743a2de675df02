import { FORMAT_VERSION } from '../../archive/format.ts';
import type { Principal } from '../../model/access/principal.ts';
import type { ComponentSettings } from '../../model/components/component-table.ts';
import { ARCHIVE_EXTENSION, DEFAULT_LABEL } from '../../model/ids.ts';
import type { BackupRecord, ComponentBackup } from '../../model/records/backup.ts';
import type { CreateBackupRequest } from '../../model/requests/backups.ts';
import { PRODUCT_VERSION } from '../../model/version.ts';
import type { Host } from '../../ports/host.ts';
import { acceptedOperation } from '../task/operation-record.ts';

interface Facts {
  domain: string;
  components: readonly ComponentSettings[];
  scheduleId: string | undefined;
}

/** The record a request makes, with a new id; its archive key is not made yet. @throws `place_not_allowed` */
export const newBackupRecord = (
  host: Host,
  principal: Principal,
  request: CreateBackupRequest,
  { domain, components, scheduleId }: Facts,
): BackupRecord => {
  const label = request.label ?? DEFAULT_LABEL;
  const accepted = acceptedOperation(host, principal, label);
  const fileName = request.fileName ?? `${accepted.id}${ARCHIVE_EXTENSION}`;
  return {
    ...accepted,
    label,
    description: request.description,
    scope: request.scope,
    domain,
    encrypted: true,
    encryption: { mode: 'key' },
    tiedToHsm: request.tiedToHsm,
    archiveKey: '',
    fileName,
    logFileName: request.includeLogs ? (request.logFileName ?? `${fileName}.log`) : '',
    backupPath: host.objects.placeOf(host.objects.locate(fileName, request.backupPath)),
    host: host.machine,
    productVersion: PRODUCT_VERSION,
    formatVersion: FORMAT_VERSION,
    components: Object.fromEntries(components.map((settings) => [settings.id, pending(settings)])),
    filters: request.filters,
    includeLogs: request.includeLogs,
    overwrite: request.overwrite,
    sourceBytes: 0,
    archiveBytes: 0,
    entries: 0,
    sha256: '',
    verifiedAt: null,
    imported: false,
    importedFrom: null,
    signedBy: null,
    manifestSha256: '',
    trustedSigner: null,
    scheduleId: scheduleId ?? null,
    ...(request.verification === 'deep' && { verification: request.verification }),
    ...(request.notify !== undefined && { notify: request.notify }),
  };
};

const pending = ({ kind }: ComponentSettings): ComponentBackup => ({
  kind,
  state: 'PENDING',
  capturedAt: null,
  sourceBytes: 0,
  entries: 0,
  skippedCount: 0,
  skipped: [],
  shortError: '',
});
