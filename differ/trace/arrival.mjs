import { formatHex } from '@nfkit/inet'
import { carried, comparable } from './comparable.mjs'

/** Protocols whose packets a socket of this machine can see, whatever they are. */
const visible = { 4: [1, 6, 17, 33, 47, 89, 132, 136], 6: [6, 17, 58, 132] }

/** Packets that got through, as lines, in the order of their text. */
export const arrivalLines = (arrivals) =>
  arrivals
    .filter(({ version, protocol }) => visible[version].includes(protocol))
    .map(({ version, protocol, transport, header, mark }) => {
      const told = version === 4 ? comparable(Uint8Array.from([...header, ...transport])) : carried(transport, protocol)
      return `arrived: IPv${version} ${protocol} mark ${mark} ${formatHex(told)}`
    })
    .sort()
