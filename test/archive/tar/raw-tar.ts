/** Members of a tar with whatever a test needs: any type, link or bytes in a name. */

export interface RawMember {
  /** At most 100 bytes, as latin1. */
  readonly name: string;
  /** The type flag. @default '0', a file */
  readonly flag?: string;
  readonly link?: string;
  readonly mode?: number;
  readonly content?: string | Uint8Array;
  /** The size in the header, if it differs from the length of the content. */
  readonly size?: number;
  readonly time?: number;
}

/** A header of 512 bytes with its checksum. */
export const rawHeader = ({
  name,
  flag = '0',
  link = '',
  mode = 0o644,
  size = 0,
  time = 0,
}: RawMember): Buffer => {
  const header = Buffer.alloc(512);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0, 100, 'latin1');
  header.write(`${octal(mode, 7)}0000000\x000000000\x00${octal(size, 11)}${octal(time, 11)}`, 100, 'latin1');
  header.write(flag, 156, 1, 'latin1');
  header.write(link, 157, 100, 'latin1');
  // Readers accept GNU tar's own types only with GNU tar's magic.
  header.write(/[DKLMNSV]/.test(flag) ? 'ustar  \0' : 'ustar\x0000', 257, 'latin1');
  header.write('0000001\x000000003\x00', 329, 'latin1');
  return withChecksum(header);
};

/** Returns the changed header with a correct checksum. */
export const withChecksum = (header: Buffer): Buffer => {
  header.fill(' ', 148, 156);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
};

export const rawMember = (member: RawMember): Buffer => {
  const { content = '' } = member;
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  const header = rawHeader({ size: bytes.length, ...member });
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
};

/** A whole tar, with its end blocks. */
export const rawTar = (...members: readonly RawMember[]): Buffer =>
  Buffer.concat([...members.map(rawMember), Buffer.alloc(1024)]);
