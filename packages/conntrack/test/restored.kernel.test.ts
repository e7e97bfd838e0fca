import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMnl } from '@nfkit/mnl-native'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ConntrackTable, openConntrack, parseSaveLine, saveLine } from '../src/index.ts'
import { conntrack, toolMissing } from './tool.ts'

const missing = toolMissing()
const client = `ctc${process.pid}`
const server = `cts${process.pid}`
const sh = (line: string) => execFileSync('sh', ['-c', line], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** A program in a namespace that answers a line with a line. */
async function program(namespace: string, source: string) {
  const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', source], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdout.setEncoding('utf8')
  const line = async (): Promise<string> => `${(await once(child.stdout, 'data'))[0]}`.trim()
  await line()
  return {
    ask: (text: string) => {
      const answer = line()
      child.stdin.write(`${text}\n`)
      return answer
    },
    stop: async () => {
      child.kill()
      await once(child, 'close')
    },
  }
}

const echo = `const s = require('node:dgram').createSocket('udp4')
s.on('message', (m, { address, port }) => s.send(address, port, address)).bind(53, () => console.log('ready'))`
/** Sends from one socket, and prints what address the server saw. */
const asker = `const s = require('node:dgram').createSocket('udp4')
let late
s.on('message', (m) => { clearTimeout(late); console.log(String(m)) })
s.bind(4444, () => console.log('ready'))
process.stdin.on('data', () => { s.send('q', 53, '198.51.100.2'); late = setTimeout(() => console.log('no answer'), 1000) })`

describe.skipIf(missing)(`a connection through a translating router${missing ? `: ${missing}` : ''}`, () => {
  let ct: ConntrackTable
  beforeAll(async () => {
    for (const [name, ours, theirs] of [
      [client, '10.9.0.1', '10.9.0.2'],
      [server, '198.51.100.1', '198.51.100.2'],
    ] as const) {
      sh(`ip netns add ${name}; ip link add r${name} type veth peer name e0 netns ${name}
ip addr add ${ours}/24 dev r${name}; ip link set r${name} up
ip -n ${name} addr add ${theirs}/24 dev e0; ip -n ${name} link set e0 up; ip -n ${name} link set lo up`)
    }
    sh(`ip -n ${client} route add default via 10.9.0.1
echo 1 > /proc/sys/net/ipv4/ip_forward
iptables -t nat -A POSTROUTING -o r${server} -j MASQUERADE`)
    ct = await openConntrack(openMnl())
  })
  afterAll(() => {
    ct?.close()
    for (const name of [client, server]) sh(`ip netns del ${name} || true`)
  })

  test('is translated again after it was saved and restored, by the tool and by us', async () => {
    const [listener, sender] = [await program(server, echo), await program(client, asker)]
    try {
      const seen = await sender.ask('go')
      expect(seen).toBe('198.51.100.1')
      const filter = { protocol: 'udp', nat: { source: '198.51.100.1' } } as const
      const [flow] = await ct.dump(filter).toArray()
      const line = saveLine(flow!)
      expect(line).toContain(' -r 198.51.100.2 -n 198.51.100.1 -p udp ')
      const file = join(mkdtempSync(join(tmpdir(), 'nfkit-')), 'flows')
      writeFileSync(file, `${line}\n`)
      // From here only the entry translates; a rule of others keeps connection tracking awake.
      sh('iptables -t nat -I POSTROUTING -s 192.0.2.99 -j MASQUERADE; iptables -t nat -D POSTROUTING 2')
      for (const restore of [() => conntrack('-R', file), () => ct.create(parseSaveLine(line))]) {
        await ct.flush()
        await restore()
        const [restored] = await ct.dump(filter).toArray()
        expect(restored?.statusNames).toEqual(flow!.statusNames)
        expect(await sender.ask('again')).toBe('198.51.100.1')
      }
    } finally {
      await Promise.all([listener.stop(), sender.stop()])
    }
  })
})
