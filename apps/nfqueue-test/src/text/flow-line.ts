import { formatEnd } from '@nfkit/inet'
import { type Flow, type FlowEnd, type FlowTuple, status } from '@nfkit/netlink-codec/conntrack'
import { ctInfo } from '@nfkit/netlink-codec/nfqueue'

const states: { readonly [state: number]: string } = {
  [ctInfo.established]: 'ESTABLISHED',
  [ctInfo.related]: 'RELATED',
  [ctInfo.new]: 'NEW',
  [ctInfo.establishedReply]: 'ESTABLISHED (reply)',
  [ctInfo.relatedReply]: 'RELATED (reply)',
  [ctInfo.untracked]: 'UNTRACKED',
}

/** `conntrack 0x1234 NEW mark 7 [CONFIRMED] 10.0.0.1:4000 > 10.0.0.2:22, reply 10.0.0.2:22 > 10.0.0.1:4000`. */
export function flowText(flow: Flow, info: number | undefined): string {
  const id = flow.id === undefined ? '' : ` 0x${flow.id.toString(16).padStart(8, '0')}`
  const state = info === undefined ? '' : ` ${states[info] ?? `state ${info}`}`
  return `conntrack${id}${state} mark ${flow.mark ?? 0}${statusText(flow.status ?? 0)} ${tupleText(flow.original)}, reply ${tupleText(flow.reply)}`
}

function statusText(bits: number): string {
  const names = Object.entries(status)
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase())
  return names.length === 0 ? '' : ` [${names.join(' ')}]`
}

function tupleText(tuple: FlowTuple): string {
  const { icmp } = tuple
  const ports = icmp ? ` id ${icmp.id} type ${icmp.type} code ${icmp.code}` : ''
  return `${endText(tuple.source)} > ${endText(tuple.destination)}${ports}`
}

const endText = ({ address = '?', port }: FlowEnd): string => formatEnd({ address, port })
