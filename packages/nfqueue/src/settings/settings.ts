import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import {
  copyMode,
  nfqueueMessage,
  type QueueConfig,
  queueCommand,
  queueConfig,
  queueFlags,
} from '@nfkit/netlink-codec/nfqueue'
import { check } from '@nfkit/netlink-transport'

/** Settings of a queue, given when it is opened, and changed while it runs. Changes apply to packets queued later. */
export interface QueueSettings {
  /**
   * `packet`: headers and payload (the default). `meta`: everything but the payload. `none`: the kernel drops every packet.
   */
  readonly copyMode?: keyof typeof copyMode | undefined
  /** Bytes of each payload to copy, from the network header on; 65,531 by default, which is also the most. */
  readonly copyRange?: number | undefined
  /**
   * Packets that may wait for a verdict; more are dropped, or accepted with `failOpen`. 2,048 by default. A longer queue survives longer
   * pauses of the program. Under a flood its packets wait longer, have left the CPU caches by then, and each costs more.
   */
  readonly maxLength?: number | undefined
  /**
   * Accept packets that cannot be queued because the queue or the socket is full, instead of dropping them (Linux 3.6). They pass unseen:
   * the event `passed` tells those of a full socket, a `warning` a full queue.
   */
  readonly failOpen?: boolean | undefined
  /**
   * Take packets as large as the network stack handles them, up to 64 KiB, instead of having each cut into segments first
   * (Linux 3.10). Many times faster for TCP; their checksums may be unfinished (`checksumNotReady`).
   */
  readonly gso?: boolean | undefined
  /** Send user and group id of the local socket with each packet (Linux 3.14). */
  readonly uidGid?: boolean | undefined
  /** Send the security label with each packet (Linux 4.3). */
  readonly secctx?: boolean | undefined
}

/** A queue's settings, all of them known. */
export type Settings = { readonly [K in keyof QueueSettings]-?: NonNullable<QueueSettings[K]> }

export const defaults: Settings = {
  copyMode: 'packet',
  copyRange: 65_531,
  maxLength: 2_048,
  failOpen: false,
  gso: false,
  uidGid: false,
  secctx: false,
}

/** What each setting must be. */
export const settingChecks: { readonly [K in keyof Settings]: (value: unknown) => Settings[K] } = {
  copyMode: (value) => check.word('copyMode', value, copyMode),
  copyRange: (value) => check.whole('copyRange', value, 1, 65_531),
  maxLength: (value) => check.whole('maxLength', value, 1, 0xffff_ffff),
  failOpen: (value) => check.flag('failOpen', value),
  gso: (value) => check.flag('gso', value),
  uidGid: (value) => check.flag('uidGid', value),
  secctx: (value) => check.flag('secctx', value),
}

const flags = ['failOpen', 'gso', 'uidGid', 'secctx'] as const

/** `given` over `base`, checked. Throws `RangeError` or `TypeError` with the setting's name. */
export function merge(base: Settings, given: QueueSettings): Settings {
  const settings = Object.entries(settingChecks).map(([name, checked]) => {
    const value = given[name as keyof Settings]
    return [name, value === undefined ? base[name as keyof Settings] : checked(value)]
  })
  return Object.fromEntries(settings) as unknown as Settings
}

/** One message with all settings: the kernel refuses or applies it as a whole. */
export function settingsMessage(queue: number, settings: Settings, conntrack: boolean, bind: boolean): Uint8Array {
  const asked = bitsOf(flags.filter((flag) => settings[flag])) | (conntrack ? queueFlags.conntrack : 0)
  return message(queue, {
    cmd: bind ? { command: queueCommand.bind, pf: 0 } : undefined,
    params: { copyRange: settings.copyRange, copyMode: copyMode[settings.copyMode] },
    queueMaxlen: settings.maxLength,
    // A new queue has no flags: naming only those wanted keeps old kernels, which refuse unknown ones, content.
    mask: bind ? asked : bitsOf(flags) | queueFlags.conntrack,
    flags: asked,
  })
}

const bitsOf = (of: readonly (keyof typeof queueFlags)[]): number => of.reduce((sum, flag) => sum | queueFlags[flag], 0)

export function commandMessage(queue: number, command: keyof typeof queueCommand): Uint8Array {
  return message(queue, { cmd: { command: queueCommand[command], pf: 0 } })
}

function message(resourceId: number, value: QueueConfig): Uint8Array {
  return encodeMessage({ type: nfqueueMessage.config.type, flags: 0, resourceId }, queueConfig, value)
}
