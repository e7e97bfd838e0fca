// An application firewall that asks: which program may connect where. Who is there answers on the terminal, or through a socket, for now or for ever;
// while the question stands, the connection waits. Without an answer in time it is refused.
// Tested on a real kernel, too:
//
//   node examples/field/application-firewall.mjs rules.json                    (asks on the terminal)
//   node examples/field/application-firewall.mjs rules.json /run/ask.sock      (asks who connects there, a line of JSON each)
import { once } from 'node:events'
import { existsSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline/promises'
import { openFirewall } from '@nfkit/firewall'

/** What can be answered, what it means, and whether it is remembered. */
const answers = {
  once: { verdict: 'accept', isKept: false },
  always: { verdict: 'accept', isKept: true },
  no: { verdict: 'reject', isKept: false },
  never: { verdict: 'reject', isKept: true },
}

/** How many questions may stand: a program that connects everywhere fills no memory and no screen. */
const mostQuestions = 64

/** Rules in a file: what was answered for ever, by question. */
export function rulesIn(file) {
  const read = () => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {})
  let all = read()
  return {
    again() {
      all = read()
    },
    of: (question) => (Object.hasOwn(all, question) ? answers[all[question]]?.verdict : undefined),
    /** Whole or not at all, whenever the program is killed. */
    keep(question, answer) {
      all[question] = answer
      writeFileSync(`${file}.new`, JSON.stringify(all, undefined, 2))
      renameSync(`${file}.new`, file)
    },
  }
}

/** A judge that asks: `ask(question, signal)` resolves to an answer. Equal questions are one, and connections wait for it together. */
export function judgeOf({ rules, programOf, ask, milliseconds = 20_000 }) {
  const standing = new Map()
  const put = async (question) => {
    try {
      const signal = AbortSignal.timeout(milliseconds)
      const late = once(signal, 'abort').then(() => 'no')
      const answer = await Promise.race([ask(question, signal), late])
      if (answers[answer].isKept) rules.keep(question, answer)
      return answers[answer].verdict
    } catch {
      return 'reject' // nobody has answered in time, or nobody is there
    } finally {
      standing.delete(question)
    }
  }
  return async (connection) => {
    const { address, port } = connection.originalDestination ?? {}
    const question = `${await programOf(connection)} to ${connection.protocol} ${address} port ${port}`
    const known = rules.of(question)
    if (known !== undefined) return known
    if (!standing.has(question)) {
      if (standing.size === mostQuestions) return 'reject'
      standing.set(question, put(question))
    }
    return standing.get(question)
  }
}

/** Asks who has connected to a socket: `{ "id": 1, "question": "…" }`, answered by `{ "id": 1, "answer": "always" }`. */
export function askThrough(path) {
  const clients = new Set()
  const open = new Map()
  let id = 0
  const server = createServer((client) => {
    clients.add(client)
    client.on('close', () => clients.delete(client)).on('error', () => {})
    for (const [id, { question }] of open) client.write(`${JSON.stringify({ id, question })}\n`)
    createInterface({ input: client }).on('line', (line) => {
      try {
        const { id, answer } = JSON.parse(line)
        if (Object.hasOwn(answers, answer)) open.get(id)?.resolve(answer)
      } catch {
        client.destroy()
      }
    })
  })
  rmSync(path, { force: true }) // what one that was killed has left
  // Who may answer is who may write to the socket: its user alone.
  const before = process.umask(0o177)
  server.listen(path, () => process.umask(before))
  const ask = (question, signal) =>
    new Promise((resolve) => {
      const own = ++id
      open.set(own, { question, resolve: (answer) => open.delete(own) && resolve(answer) })
      for (const client of clients) client.write(`${JSON.stringify({ id: own, question })}\n`)
      signal.addEventListener('abort', () => open.delete(own))
    })
  return Object.assign(ask, { close: () => server.close() })
}

/** Asks on the terminal, one question after another. */
export function askOn(input, output) {
  const terminal = createInterface({ input, output })
  let turn = Promise.resolve()
  const ask = (question, signal) => {
    const asked = async () => {
      for (;;) {
        const text = await terminal.question(`${question} (${Object.keys(answers).join(', ')})? `, { signal })
        if (Object.hasOwn(answers, text)) return text
      }
    }
    turn = turn.then(asked, asked)
    return turn
  }
  return Object.assign(ask, { close: () => terminal.close() })
}

if (process.argv[1] === import.meta.filename) {
  const { openMnl } = await import('@nfkit/mnl-native')
  const { Programs } = await import('@nfkit/sockets')
  const { linuxFiles } = await import('@nfkit/sockets/linux')
  const [file, path] = process.argv.slice(2)
  const programs = new Programs(linuxFiles)
  const rules = rulesIn(file)
  const programOf = async (connection) => {
    const owner = await connection.owner()
    const [pid] = owner.kind === 'socket' ? programs.processes(owner.socket) : []
    return pid === undefined ? 'an unknown program' : readlinkSync(`/proc/${pid}/exe`)
  }
  const ask = path === undefined ? askOn(process.stdin, process.stdout) : askThrough(path)
  const firewall = await openFirewall({
    transport: openMnl,
    name: 'application',
    hooks: ['output'],
    absent: 'accept', // killed, it leaves nothing behind
    onUnjudged: 'drop',
    deadlineMilliseconds: 30_000, // longer than any question stands
    judge: judgeOf({ rules, programOf, ask }),
  })
  firewall.on('judged', ({ connection, verdict }) => console.log(`${connection}: ${verdict}`))
  for (const event of ['trouble', 'failed']) firewall.on(event, (what) => console.error(what))
  process.on('SIGHUP', () => {
    rules.again()
    firewall.reconsider()
  })
  process.once('SIGINT', () => firewall.close().then(() => ask.close()))
  console.log('judging')
}
