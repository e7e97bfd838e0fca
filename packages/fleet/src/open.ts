import { Author } from './author.ts'
import { Gate } from './gate.ts'
import { type AuthorOptions, authorSettings, type GateOptions, gateSettings } from './options.ts'

/**
 * Follow a fleet's log: what its authors say is in force here, from the first message on. It returns at once, whatever the broker does; `gate.caughtUp` tells when all
 * is in force. Throws `TypeError` or `RangeError` with the option, the value and what is allowed.
 *
 * @example
 * import { generateKeyPairSync } from 'node:crypto'
 * import { openAuthor, openGate } from '@nfkit/fleet'
 * import { MemoryLog } from '@nfkit/fleet/memory'
 *
 * const { publicKey, privateKey } = generateKeyPairSync('ed25519')
 * const common = { fleet: 'office', keys: { ops: publicKey }, log: new MemoryLog() }
 * const listed: string[] = []
 * const target = {
 *   block: async (where: readonly string[]) => void listed.push(...where),
 *   allow: async () => {},
 *   unlist: async () => {},
 * }
 * const author = await openAuthor({ ...common, author: 'ops', key: privateKey })
 * await author.block('192.0.2.7')
 * const gate = openGate({ ...common, target })
 * await gate.caughtUp
 * console.log(listed) // [ '192.0.2.7' ]
 * await gate.close()
 * await author.close()
 */
export function openGate(options: GateOptions): Gate {
  return new Gate(gateSettings(options))
}

/**
 * Speak to a fleet. Resolves when all that is in the log was read: what an author says goes on from there. Rejects with `TypeError` or `RangeError` for an option,
 * and where the broker is away for too long.
 *
 * @example
 * import { generateKeyPairSync } from 'node:crypto'
 * import { openAuthor } from '@nfkit/fleet'
 * import { MemoryLog } from '@nfkit/fleet/memory'
 *
 * const { publicKey, privateKey } = generateKeyPairSync('ed25519')
 * const log = new MemoryLog()
 * const author = await openAuthor({ fleet: 'office', keys: { ops: publicKey }, log, author: 'ops', key: privateKey })
 * await author.block(['192.0.2.7', '203.0.113.0/24'], { seconds: 600 })
 * await author.policy('ports', [80, 443])
 * console.log(await log.end()) // 2
 * await author.close()
 */
export async function openAuthor(options: AuthorOptions): Promise<Author> {
  const author = new Author(authorSettings(options))
  try {
    await author.ready()
  } catch (error) {
    await author.close()
    throw error
  }
  return author
}
