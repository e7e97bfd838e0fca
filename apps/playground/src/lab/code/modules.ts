import * as inet from '@nfkit/inet'
import * as ipCodec from '@nfkit/ip-codec'
import * as build from '@nfkit/ip-codec/build'
import * as nftables from '@nfkit/nftables'

/** What rules and judges may import. Of packages of the kernel's side there are types alone. */
const modules: { readonly [name: string]: object } = {
  '@nfkit/inet': inet,
  '@nfkit/ip-codec': ipCodec,
  '@nfkit/ip-codec/build': build,
  '@nfkit/nfqueue': {},
  '@nfkit/nftables': nftables,
}

function required(name: string): object {
  const found = Object.hasOwn(modules, name) ? modules[name] : undefined
  if (found === undefined) throw new Error(`there is no ${name} here: there are ${Object.keys(modules).join(', ')}`)
  return found
}

type Body = (require: (name: string) => object, exports: object) => Promise<void>
const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new (...parts: string[]) => Body

/** Run the body of a module, and return what it exports. */
export async function run(name: string, body: string): Promise<{ readonly [name: string]: unknown }> {
  const exports = {}
  await new AsyncFunction('require', 'exports', `'use strict';${body}\n//# sourceURL=${name}`)(required, exports)
  return exports
}
