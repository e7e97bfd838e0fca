// Live flow table: every connection there is, and every change, as it happens. Gaps after a flood of events repair themselves.
// Tested on a real kernel, too.
//
//   node examples/flow-table.mjs tcp

/** Lines for people: `+` came, `-` went, `*` changed. */
export async function* lines(watch) {
  const signs = { added: '+', changed: '*', removed: '-' }
  for await (const change of watch) {
    if (change.kind === 'synced') yield `= ${change.size} connections`
    else if (change.kind === 'gap') yield `! ${change.lost} events lost; the table is read again`
    else yield `${signs[change.kind]} ${change.flow}`
  }
}

if (process.argv[1] === import.meta.filename) {
  const { openConntrack } = await import('@nfkit/conntrack')
  const { openMnl } = await import('@nfkit/mnl-native')
  const table = await openConntrack(openMnl())
  const [protocol] = process.argv.slice(2)
  for await (const line of lines(table.watch(protocol ? { protocol } : {}))) console.log(line)
}
