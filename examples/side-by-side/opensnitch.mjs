// Programs: which program may connect where, asked once a connection, while its first packet waits.
//
//   node examples/side-by-side/opensnitch.mjs /usr/bin/curl
import { openFirewall } from '@nfkit/firewall'

/** A firewall for connections that begin here. `programOf` says whose a socket is; a program that is listed is refused. */
export const openPrograms = (transport, refused, programOf) =>
  openFirewall({
    transport,
    name: 'programs',
    hooks: ['output'],
    match: 'tcp dport 8080',
    absent: 'accept',
    async judge(connection) {
      const owner = await connection.owner()
      return owner.kind === 'socket' && refused.includes(programOf(owner.socket)) ? 'reject' : 'accept'
    },
  })

if (process.argv[1] === import.meta.filename) {
  const { readlinkSync } = await import('node:fs')
  const { openMnl } = await import('@nfkit/mnl-native')
  const { Programs } = await import('@nfkit/sockets')
  const { linuxFiles } = await import('@nfkit/sockets/linux')
  const programs = new Programs(linuxFiles)
  const programOf = (socket) => programs.processes(socket).map((id) => readlinkSync(`/proc/${id}/exe`))[0]
  const firewall = await openPrograms(openMnl, process.argv.slice(2), programOf)
  firewall.on('judged', ({ connection, verdict }) => console.log(`${connection}: ${verdict}`))
  process.once('SIGINT', () => firewall.close())
}
