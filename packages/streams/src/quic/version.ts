import { parseHex } from '@nfkit/inet'

/** Kinds of packets with a long header. */
export type PacketKind = 'initial' | 'zeroRtt' | 'handshake' | 'retry'

/** What differs from version to version. */
export interface QuicVersion {
  readonly number: number
  /** Kinds by the two bits of the first byte. */
  readonly kinds: readonly PacketKind[]
  /** What the first keys are derived with. */
  readonly salt: Uint8Array
  /** What the labels of keys begin with. */
  readonly label: string
}

/** RFC 9001, 5.2, and RFC 9369, 3.3. */
const versions: readonly QuicVersion[] = [
  {
    number: 1,
    kinds: ['initial', 'zeroRtt', 'handshake', 'retry'],
    salt: parseHex('38762cf7f55934b34d179ae6a4c80cadccbb7f0a')!,
    label: 'quic',
  },
  {
    number: 0x6b33_43cf,
    kinds: ['retry', 'initial', 'zeroRtt', 'handshake'],
    salt: parseHex('0dede3def700a6db819381be6e269dcbf9bd2ed9')!,
    label: 'quicv2',
  },
]

export const versionOf = (number: number): QuicVersion | undefined =>
  versions.find((version) => version.number === number)
