import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectTo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { openAuthor } from '@nfkit/fleet'
import { jetStreamLog } from '@nfkit/fleet/jetstream'

/** The fleet, and the stream of its log. */
export const fleet = 'soak'

const port = 4_222
export const servers = `127.0.0.1:${port}`

/** A broker of NATS in a process of its own, which can be killed and started again. */
export class Broker {
  #storage = mkdtempSync(join(tmpdir(), 'nfkit-soak-'))
  #process

  async start() {
    const program = process.env.NATS_SERVER ?? 'nats-server'
    const words = ['-js', '-sd', this.#storage, '-a', '127.0.0.1', '-p', String(port)]
    this.#process = spawn(program, words, { stdio: 'ignore' })
    this.#process.on('error', (error) => {
      throw new Error(`${program}: ${error.message}: apt install nats-server, or say where it is as NATS_SERVER`)
    })
    for (let isOpen = false; !isOpen; await sleep(20)) isOpen = await answers()
  }

  async kill() {
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }

  async end() {
    await this.kill()
    rmSync(this.#storage, { recursive: true })
  }
}

function answers() {
  return new Promise((resolve) => {
    const socket = connectTo({ host: '127.0.0.1', port })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** Who says what holds, and the key that gates know it by. */
export async function openOps() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const key = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const connection = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 100 })
  const manager = await jetstreamManager(connection)
  await manager.streams.add({ name: fleet, subjects: [`fleet.${fleet}`] })
  const log = jetStreamLog({ jetstream: jetstream(connection), manager, stream: fleet, subject: `fleet.${fleet}` })
  const author = await openAuthor({ fleet, keys: { ops: key }, log, author: 'ops', key: privateKey })
  return {
    author,
    key,
    async close() {
      await author.close()
      await connection.close()
    },
  }
}
