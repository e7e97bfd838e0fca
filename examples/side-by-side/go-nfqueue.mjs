// Own rules: a program that installs the rule of its queue, judges, and leaves nothing behind.
//
//   node examples/side-by-side/go-nfqueue.mjs
import { table, tcp, queue as toQueue } from '@nfkit/nftables'

/** The table with the rule. It goes when the program does, and packets pass while no program reads. */
export function rulesFor(port, number) {
  const rules = table('inet', 'doorman', { owner: true })
  const input = rules.chain('input', { hook: 'input', priority: 'filter' })
  return [rules, input, input.rule(tcp.dport.is(port), toQueue(number, { bypass: true }))]
}

/** Lets connections in from the local network only. */
export function judge(packet) {
  if (packet.ip?.source.startsWith('192.0.2.')) packet.accept()
  else packet.drop()
}

if (process.argv[1] === import.meta.filename) {
  const { openMnl } = await import('@nfkit/mnl-native')
  const { openNftables } = await import('@nfkit/nftables')
  const { openQueue } = await import('@nfkit/nfqueue')
  const queue = await openQueue(openMnl(), { number: 0, onUnjudged: 'accept' })
  const nft = await openNftables(openMnl())
  await nft.commit((batch) => batch.add(...rulesFor(8080, 0)))
  process.once('SIGINT', () => queue.close())
  await queue.run(judge)
  nft.close()
}
