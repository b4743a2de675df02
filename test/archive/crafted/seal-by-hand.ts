/** Archives sealed by hand: any members, any manifest and any headers, with a valid signature. */
import { signBytes } from '../../../lib/archive/keys/signature.ts';
import { type SampleArchive, sha256 } from '../samples/sample-archive.ts';
import { rawHeader, withChecksum } from '../tar/raw-tar.ts';

/** The one line of `manifest.sig`. */
export const signatureLine = ({ bytes }: SampleArchive): string =>
  bytes.subarray(-1536, -1024).toString('latin1').replaceAll('\0', '');

/** The offset of each member's header. */
export const headersOf = ({ frames }: SampleArchive): number[] => {
  let at = 0;
  return frames.map(({ length }) => {
    at += length;
    return at - length;
  });
};

export interface SealedMember {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly plainBytes?: number;
}

/** The sample's members before its manifest, for a test to change. */
export const membersOf = ({ frames, members, sealedKey }: SampleArchive): SealedMember[] =>
  members
    .concat({ name: 'key.age', size: sealedKey.length, sha256: '' })
    .map(({ name, size, plainBytes }, index) => ({
      name,
      bytes: (frames[index] ?? Buffer.alloc(0)).subarray(512, 512 + size),
      ...(plainBytes === undefined ? {} : { plainBytes }),
    }));

/**
 * Seals these members with a valid signature of the sample's signer. `change` edits the text of the manifest.
 */
export const sealByHand = (
  sample: SampleArchive,
  members: readonly SealedMember[],
  change: (manifest: string) => string = (manifest) => manifest,
): Buffer => {
  const listed = members.map(({ name, bytes, plainBytes }) => ({
    name,
    size: bytes.length,
    sha256: sha256(bytes),
    ...(plainBytes === undefined ? {} : { plainBytes }),
  }));
  const [manifestAt = 0] = headersOf(sample).slice(-2);
  const original = sample.bytes.toString('utf8', manifestAt + 512, sample.bytes.lastIndexOf(']}\n') + 3);
  const text = change(original.replace(/"members":\[.*/s, `"members":${JSON.stringify(listed)}}\n`));
  const manifest = Buffer.from(text, 'latin1');
  const statement = `{"format":1,"algorithm":"Ed25519","verifyKey":"${sample.signing.verifyKey}","manifestBytes":${manifest.length},"manifestSha256":"${sha256(manifest)}"}\n`;
  const signature = signBytes(Buffer.from(statement), sample.signing.signingKey);
  const line = statement.replace('}\n', `,"signature":"${Buffer.from(signature).toString('base64')}"}\n`);
  const time = Math.floor(Date.parse(sample.head.createdAt) / 1000);
  const file = (name: string, content: Uint8Array): Buffer => {
    const header = rawHeader({ name, size: content.length, time });
    header.fill('0000000\x000000000\x00', 329, 345);
    withChecksum(header);
    return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
  };
  return Buffer.concat([
    ...members.map(({ name, bytes }) => file(name, bytes)),
    file('manifest.json', manifest),
    file('manifest.sig', Buffer.from(line)),
    Buffer.alloc(1024),
  ]);
};
