/** Mutants that no test can notice, by file: the line, what it becomes, and why nobody can tell. */
const rows = {
  'allocator.ts': [
    ['#chunk: Uint8Array = new Uint8Array(0)', '0', '(0 + 1)', 'a first chunk that is too small is replaced'],
    ['#end = 0', '0', '(0 + 1)', 'where the first chunk ends does not matter: nothing fits into it'],
    ['start = 0', '0', '(0 + 1)', 'nothing is written before there is room, and that says where'],
    ['if (length > chunkSize / 4) {', '>', '>=', 'a quarter of a chunk may have memory of its own'],
  ],
  'conntrack/ctnetlink/entry/new.ts': [
    [
      'events.tell(connection, always | made | (labelled ? change.label : 0), tracking.causeOf(request))',
      'labelled',
      'true',
      'labels that nobody set are zero, and zero labels are not told',
    ],
  ],
  'conntrack/ctnetlink/read-tuple.ts': [
    [
      'return { protocol: number, ported: false, from: id ?? 0, to: ((type ?? 0) << 8) | (code ?? 0) }',
      'id ?? 0',
      '(id)',
      'an id may be missing only where it is not compared',
    ],
  ],
  'conntrack/track/expectation/table.ts': [
    ['expectation.cancel()', 'expectation.cancel()', ';', 'a timer that finds nothing to remove does nothing'],
  ],
  'conntrack/track/tracker.ts': [
    [
      'if (connection.help?.helper) events.note(connection, change.helper)',
      'connection.help?.helper',
      'false',
      'every event but DESTROY names the helper, whatever changed',
    ],
  ],
  'faults/faulty-transport.ts': [
    [
      "const failed = this.#faults.armed ? this.#faults.failure(this, 'send error') : 0",
      'this.#faults.armed',
      'true',
      'where nothing is armed there is no failure',
    ],
  ],
  'hooks/route.ts': [
    [
      'const key = 4 * hook[name] + (bothDevices ? 2 : 0) + (loopback ? 1 : 0)',
      '+',
      '-',
      'another key of each route, and of no other',
    ],
  ],
  'queue/packet-message.ts': [
    [
      'const variable = (ct?.bytes.length ?? 0) + (origin.linkHeader?.length ?? 0) + mostUtf8 * (origin.secctx?.length ?? 0)',
      '0',
      '(0 + 1)',
      'some bytes more of room, which the message does not take',
    ],
  ],
  'random.ts': [
    [
      'let mixed = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b)',
      '16',
      '(16 + 1)',
      'other numbers that look as random',
    ],
    ['mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)', '13', '(13 + 1)', 'other numbers that look as random'],
  ],
  'rules/balance.ts': [
    [
      'const [low, high] = one < other ? [one, other] : [other, one]',
      '<',
      '<=',
      'equal addresses are in order either way',
    ],
    [
      'hash ^= hash >>> 15',
      'hash ^= hash >>> 15',
      ';',
      'another hash, which spreads as evenly: it differs with every boot',
    ],
  ],
  'socket/bpf.ts': [
    [
      'return accepted < datagram.length ? datagram.slice(0, accepted) : datagram',
      '<',
      '<=',
      'a copy of all of it is as good',
    ],
  ],
  'socket/receive-queue.ts': [
    [
      'if (this.#head === this.#datagrams.length) {',
      'this.#head === this.#datagrams.length',
      'false',
      'memory of what was read is given back later',
    ],
  ],
  'socket/sockets.ts': [
    ['#rover = 0', '0', '(0 + 1)', 'any number below 0x8000_0000 stands for none that was given out'],
  ],
}

const sources = 'packages/simulator/src/'
const known = Object.entries(rows).flatMap(([file, list]) =>
  list.map(([line, was, is, why]) => ({ path: sources + file, line, was, is, why })),
)

const names = (row, { path, lineText, was, is }) =>
  row.path === path && row.line === lineText && row.was === was && row.is === is

/** Why nobody can notice a mutant; `undefined` for one that a test must notice. */
export const equivalence = (mutant) => known.find((row) => names(row, mutant))?.why

/** Throws when the table tells of a mutant there is not: the sources have changed since. */
export function assertKnown(mutants) {
  for (const row of known)
    if (!mutants.some((mutant) => names(row, mutant)))
      throw new Error(
        `tools/mutants/equivalent.mjs: ${row.path} has no line “${row.line}” where ${row.was} becomes ${row.is}`,
      )
}
