const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'was deleted or renamed while the backup ran',
  ENOTDIR: 'was deleted or renamed while the backup ran',
  ELOOP: 'was replaced by a link while the backup ran',
  ENXIO: 'was replaced by something that is not a file while the backup ran',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};

/** Whether a name could not be opened because it is a symbolic link. */
export const isLink = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ELOOP';

/** The reason shown to a person for a file that could not be read. */
export const unreadableReason = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? `could not be read (${code || String(error)})`;
};
