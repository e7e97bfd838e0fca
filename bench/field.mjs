// What becomes of connections when a policy changes, and when a program is killed: the programs of examples/field beside those of Debian, in namespaces of their own.
//   node bench/field.mjs [NAME …]      as root, after `npm run build`; five minutes
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { connect } from 'node:tls'
import { measure } from './field/measure.mjs'
import { host, prepare } from './field/scene.mjs'
import { subjects } from './field/subjects.mjs'
import { enter, shell } from './namespace.mjs'
import { folder } from './programs.mjs'

enter()
mkdirSync(folder, { recursive: true, mode: 0o700 })

/** The hello of TLS that this Node says to a name, as base64. */
async function helloFor(servername) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const met = once(server, 'connection')
  const client = connect({ host: '127.0.0.1', port: server.address().port, servername }).on('error', () => {})
  const [socket] = await met
  const [hello] = await once(socket, 'data')
  client.destroy()
  server.close()
  return hello.toString('base64')
}

prepare()
const hellos = { allowed: await helloFor('news.example'), forbidden: await helloFor('social.example') }
const hosts = { client: await host('client'), here: await host(), server: await host('server') }
const wanted = process.argv.slice(2)
for (const subject of subjects({ ...hosts, hellos })) {
  if (wanted.length > 0 && !wanted.includes(subject.name)) continue
  if (subject.missing) {
    console.log(`${subject.name}: not run: ${subject.missing}`)
    continue
  }
  await subject.prepare()
  const { name, ...figures } = await measure(subject)
  console.log(
    `\n${name}\n${Object.entries(figures)
      .map(([what, figure]) => `  ${what}: ${figure}`)
      .join('\n')}`,
  )
  subject.clean?.()
  shell('nft flush ruleset; iptables -w -F; iptables -w -t mangle -F; conntrack -F 2>/dev/null; true')
}
process.exit()
