import { parseAddress } from '@nfkit/inet'
import { be16 } from '@nfkit/inet/bytes'
import { family, hook, verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import type { ExpressionData } from '@nfkit/netlink-codec/nftables'
import { isFree } from '../../../conntrack/track/clash.ts'
import { type Translation, translate } from '../../../conntrack/track/translate.ts'
import type { Journey } from '../../../hooks/journey.ts'
import type { Interface } from '../../../interfaces.ts'
import type { Run, Step } from '../../state/chain.ts'
import { type Context, registerOf } from '../context.ts'
import type { EvaluateHost } from '../host.ts'

type Ports = Translation['ports']

/** Translates the connection, which is new (nf_nat_setup_info). */
export function translateTo({ packet }: Journey, to: Translation, isSource: boolean, host: EvaluateHost): number {
  const { connection } = packet
  if (!connection || connection.confirmed) return verdicts.accept
  return translate(connection, to, isSource, isFree(host.tracking)) ? verdicts.drop : verdicts.accept
}

/** The address an interface has in the packet's family. */
function addressOf(of: Interface | undefined, isIpv4: boolean): Uint8Array | undefined {
  const text = of?.addresses.find((address) => address.includes(':') !== isIpv4)
  return text === undefined ? undefined : parseAddress(text)
}

const isOfIpv4 = ({ packet }: Journey): boolean => packet.layout?.family === family.ipv4

/** The source becomes the address of the interface a packet leaves by (nf_nat_masquerade_ipv4). */
export function masqueradeAs(journey: Journey, ports: Ports, host: EvaluateHost): number {
  const address = addressOf(journey.outdev, isOfIpv4(journey))
  return address ? translateTo(journey, { address, ports }, true, host) : verdicts.drop
}

const loopback = { 4: parseAddress('127.0.0.1')!, 6: parseAddress('::1')! } as const

/** The destination becomes this machine (nf_nat_redirect_ipv4). */
export function redirectTo(journey: Journey, ports: Ports, host: EvaluateHost): number {
  const isIpv4 = isOfIpv4(journey)
  const address = journey.hookNumber === hook.output ? loopback[isIpv4 ? 4 : 6] : addressOf(journey.indev, isIpv4)
  return address ? translateTo(journey, { address, ports }, false, host) : verdicts.drop
}

/** Ports that registers hold. */
function portsAt(min: number | undefined, max = min): (run: Run) => Ports {
  if (min === undefined || max === undefined) return () => undefined
  const [first, last] = [registerOf(min), registerOf(max)]
  return ({ registers }) => ({ min: be16(registers, first), max: be16(registers, last) })
}

/** nft_nat_eval (net/netfilter/nft_nat.c). */
export function nat(data: ExpressionData<'nat'>, { host }: Context): Step {
  const { type, family: of, regAddrMin, regProtoMin, regProtoMax } = data
  const wanted = of === 'ipv4' || of === family.ipv4 ? family.ipv4 : family.ipv6
  const length = wanted === family.ipv4 ? 4 : 16
  const at = regAddrMin === undefined ? undefined : registerOf(regAddrMin)
  const ports = portsAt(regProtoMin, regProtoMax)
  return (run) => {
    const { journey, registers } = run
    if (journey.packet.family !== wanted) return undefined
    const address = at === undefined ? undefined : registers.slice(at, at + length)
    return translateTo(journey, { address, ports: ports(run) }, type === 'snat', host)
  }
}

/** nft_masq_eval. */
export function masq({ regProtoMin, regProtoMax }: ExpressionData<'masq'>, { host }: Context): Step {
  const ports = portsAt(regProtoMin, regProtoMax)
  return (run) => masqueradeAs(run.journey, ports(run), host)
}

/** nft_redir_eval. */
export function redir({ regProtoMin, regProtoMax }: ExpressionData<'redir'>, { host }: Context): Step {
  const ports = portsAt(regProtoMin, regProtoMax)
  return (run) => redirectTo(run.journey, ports(run), host)
}
