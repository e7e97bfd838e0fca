/** Where connections are met: those to this host, from it, and through it. */
export type FirewallHook = 'input' | 'output' | 'forward'

/** All of them, for checks. */
export const firewallHooks: { readonly [hook in FirewallHook]: FirewallHook } = {
  // Where the other end's packets are met.
  input: 'output',
  output: 'input',
  forward: 'forward',
}

/** Where packets of connections that were met at these hooks come by: the answers', too. */
export const hooksOf = (matched: readonly FirewallHook[]): readonly FirewallHook[] => [
  ...new Set(matched.flatMap((hook) => [hook, firewallHooks[hook]])),
]
