// firewall HOW QUEUE: judges connections that begin here. HOW is `firewall`, `owner` (which asks whose each is), `rules` (the same rules, which accept in place
// of the queue), or `queue`: rules that queue every packet, and a program that accepts it. `first` and `first-c` queue only what opens a connection,
// as a firewall does: what it costs to be woken for one packet, in Node and in C. `owner-c` asks in C whose each is.
import { spawn } from 'node:child_process'
import { openFirewall } from '@nfkit/firewall'
import { openMnl } from '@nfkit/mnl-native'
import { openQueue } from '@nfkit/nfqueue'
import { accept, assign, ct, openNftables, parse, table, queue as toQueue } from '@nfkit/nftables'
import { program } from '../programs.mjs'

const [how, number] = process.argv.slice(2)
const queue = Number(number)
const match = 'tcp dport 5201-5202'
/** Of the firewall's mask, that a connection is accepted under its first epoch. */
const accepted = { mask: 0xff00_0000, value: 0x0100_0000 }

const nft = await openNftables(openMnl())
process.once('SIGTERM', async () => {
  await end()
  process.exit()
})
const opening = `${match} ct state new`
const matches = { queue: match, first: opening, 'first-c': opening, 'owner-c': opening }
/** Of those in C: what they are told. */
const inC = { 'first-c': [], 'owner-c': ['owner=1'] }
const end = how in matches ? await withQueue(matches[how]) : await withFirewall()

async function withQueue(queued) {
  const own = table('inet', 'queueing', { owner: true })
  const chain = own.chain('output', { hook: 'output', priority: 'filter' })
  const close = how in inC ? consuming() : await reading()
  await nft.commit((batch) => batch.add(own, chain, chain.rule(...parse(queued), toQueue(queue, { bypass: true }))))
  return close
}

async function reading() {
  const reader = await openQueue(openMnl(), { number: queue, gso: true })
  reader.run((packet) => packet.accept())
  return () => reader.close()
}

function consuming() {
  const consumer = spawn(program('consumer'), ['percall', number, ...inC[how]], { stdio: 'ignore' })
  return () => consumer.kill()
}

async function withFirewall() {
  const firewall = await openFirewall({
    transport: openMnl,
    name: 'measured',
    hooks: ['output'],
    match,
    queue,
    // A table without an owner, where the rules are to be changed.
    absent: how === 'rules' ? 'drop' : 'accept',
    judge:
      how === 'owner'
        ? async (connection) => ((await connection.owner()).kind === 'socket' ? 'accept' : 'drop')
        : () => 'accept',
  })
  if (how === 'rules') await acceptInPlace()
  return () => firewall.remove()
}

async function acceptInPlace() {
  const { tables } = await nft.list({ table: table('inet', 'measured') })
  const { chain, rules } = tables[0].chains.find((one) => one.chain.name === 'decide')
  const queueing = rules.find(({ body }) => body.some(({ kind }) => kind === 'queue'))
  await nft.commit((batch) => batch.delete(queueing).add(chain.rule(assign(ct.mark, ct.mark, accepted), accept())))
}
