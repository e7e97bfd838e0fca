import { hook } from '@nfkit/netlink-codec/nfnetlink'

/** A name of `hook`: `prerouting`, `input` and so on. */
export type HookName = keyof typeof hook

/** The hook points a packet passes, and where on it its input and output devices are known. */
export class Route {
  readonly points: readonly number[]
  /** The index of the point `deliver` named. */
  readonly named: number
  /** Whether it passes a point where packets have an input device, or an output device. */
  readonly needsInput: boolean
  readonly needsOutput: boolean
  readonly #inputs: readonly boolean[]
  readonly #outputs: readonly boolean[]

  constructor(points: readonly HookName[], named: HookName) {
    this.points = points.map((name) => hook[name])
    this.named = this.points.indexOf(hook[named])
    this.#inputs = this.points.map((at) => (at === hook.postrouting ? points[0] !== 'output' : at !== hook.output))
    this.#outputs = this.points.map((at) => at === hook.forward || at === hook.output || at === hook.postrouting)
    this.needsInput = this.#inputs.includes(true)
    this.needsOutput = this.#outputs.includes(true)
  }

  hasInput(point: number): boolean {
    return this.#inputs[point]!
  }

  hasOutput(point: number): boolean {
    return this.#outputs[point]!
  }
}

const arriving: readonly HookName[] = ['prerouting', 'input']
const forwarded: readonly HookName[] = ['prerouting', 'forward', 'postrouting']
const leaving: readonly HookName[] = ['output', 'postrouting']
const looping: readonly HookName[] = ['output', 'postrouting', 'prerouting', 'input']
const routed: readonly HookName[] = ['brouting']

const routes: (Route | undefined)[] = []

/** The route a packet takes that passes `name`. It is forwarded when a hook is named that both kinds pass and both devices are. */
export function routeThrough(name: HookName, bothDevices: boolean, loopback: boolean): Route {
  const key = 4 * hook[name] + (bothDevices ? 2 : 0) + (loopback ? 1 : 0)
  let route = routes[key]
  if (!route) {
    route = new Route(pointsOf(name, bothDevices, loopback), name)
    routes[key] = route
  }
  return route
}

function pointsOf(name: HookName, bothDevices: boolean, loopback: boolean): readonly HookName[] {
  if (loopback) return looping
  switch (name) {
    case 'prerouting':
      return bothDevices ? forwarded : arriving
    case 'input':
      return arriving
    case 'forward':
      return forwarded
    case 'output':
      return leaving
    case 'postrouting':
      return bothDevices ? forwarded : leaving
    case 'brouting':
      return routed
  }
}
