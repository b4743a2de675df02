/** What the API lists: what one of it is called, and the command that shows the list. */
export const listCommands = {
  backups: { one: 'backup', command: 'holdfast backup list' },
  restores: { one: 'restore', command: 'holdfast restore list' },
  schedules: { one: 'schedule', command: 'holdfast schedule list' },
  keys: { one: 'backup key', command: 'holdfast key list' },
  'verify-keys': { one: 'verify key', command: 'holdfast verify-key list' },
  tokens: { one: 'token', command: 'holdfast token list' },
  users: { one: 'person', command: 'holdfast user list' },
  domains: { one: 'domain', command: 'holdfast domain list' },
  uploads: { one: 'upload', command: 'holdfast upload list' },
  notices: { one: 'notice', command: 'holdfast notice list' },
  channels: { one: 'channel', command: 'holdfast channel list' },
  approvals: { one: 'request for approval', command: 'holdfast approval list' },
  components: { one: 'component', command: 'holdfast component list' },
} as const;

/** The command that lists what a request asked about; undefined where there is no such list. */
export const listCommandOf = (resource: string): string | undefined =>
  Object.hasOwn(listCommands, resource)
    ? listCommands[resource as keyof typeof listCommands].command
    : undefined;
