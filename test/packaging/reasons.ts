/** Why published packages may need the packages of others, and how they get by where it is not there. */
export const reasons: { readonly [name: string]: string } = {
  commander:
    'Parses the command line and writes its help. Options, subcommands, errors and help text would be a parser of our own; it has no dependency.',
  'node-addon-api':
    'Headers of the C++ wrapper around Node-API, used only when the addon is built where it is installed. No code of it runs in JavaScript.',
  'fast-check': 'Only for `@nfkit/netlink-codec/arbitrary`, which makes test values; whoever imports that has it.',
  'prom-client':
    'Only for `@nfkit/nfqueue/prometheus` and `@nfkit/firewall/prometheus`: the counters go into the registry the program has.',
  '@opentelemetry/api':
    'Only for `@nfkit/nfqueue/opentelemetry` and `@nfkit/firewall/opentelemetry`: the counters go into the meter the program has.',
}
