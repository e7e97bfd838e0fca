import { formatEnd } from '@nfkit/inet'
import type { Flow, FlowEnd, FlowTuple } from '@nfkit/netlink-codec/conntrack'
import { ctInfo } from '@nfkit/netlink-codec/nfqueue'
import { markText } from './unit.ts'

const states: { readonly [state: number]: string } = {
  [ctInfo.established]: 'ESTABLISHED',
  [ctInfo.related]: 'RELATED',
  [ctInfo.new]: 'NEW',
  [ctInfo.establishedReply]: 'ESTABLISHED (reply)',
  [ctInfo.relatedReply]: 'RELATED (reply)',
  [ctInfo.untracked]: 'UNTRACKED',
}

/** `ESTABLISHED (reply) 0x1234 mark 0x7`; of a translated connection the ends that answers come from and go to, too. */
export function flowText(flow: Flow, info: number | undefined): string {
  const state = info === undefined ? 'connection' : (states[info] ?? `state ${info}`)
  const id = flow.id === undefined ? '' : ` 0x${flow.id.toString(16).padStart(8, '0')}`
  const mark = flow.mark ? ` mark ${markText(flow.mark)}` : ''
  return `${state}${id}${mark}${flow.translation ? `, reply ${tupleText(flow.reply)}` : ''}`
}

function tupleText(tuple: FlowTuple): string {
  const { icmp } = tuple
  const ports = icmp ? ` id ${icmp.id} type ${icmp.type} code ${icmp.code}` : ''
  return `${endText(tuple.source)} > ${endText(tuple.destination)}${ports}`
}

const endText = ({ address = '?', port }: FlowEnd): string => formatEnd({ address, port })
