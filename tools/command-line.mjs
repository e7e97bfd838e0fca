import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

/**
 * The options of a tool, as `parseArgs` takes them, and of `type: 'number'`: from 0 on. `--help` prints what stands at the head of the tool's `file`. What is
 * wrong ends the program with a sentence and exit code 2: it would do nothing, and say that all held.
 */
export function commandLine(file, options, args = process.argv.slice(2)) {
  const values = parsed({ ...options, help: { type: 'boolean' } }, args)
  if (values.help) {
    console.log(headOf(file))
    process.exit(0)
  }
  for (const [name, { type }] of Object.entries(options)) {
    const text = values[name]
    if (type !== 'number' || text === undefined) continue
    if (text.trim() === '' || !(Number(text) >= 0)) refuse(`--${name} is a number, not ${text}`)
    values[name] = Number(text)
  }
  return values
}

function parsed(options, args) {
  const known = Object.entries(options).map(([name, { type, ...more }]) => [
    name,
    { ...more, type: type === 'number' ? 'string' : type },
  ])
  try {
    return parseArgs({ args, options: Object.fromEntries(known) }).values
  } catch (error) {
    return refuse(`${error.message.split('. ')[0]}; --help lists what there is`)
  }
}

/** Ends the program with a sentence. */
export function refuse(sentence) {
  console.error(sentence)
  process.exit(2)
}

/** What a file begins with: its first comment. */
function headOf(file) {
  const lines = readFileSync(file, 'utf8').split('\n')
  const from = lines.findIndex((line) => /^(\/\/|\/\*\*)/.test(line))
  const length = lines.slice(from).findIndex((line) => !/^( ?\*|\/\/|\/\*\*)/.test(line))
  const text = lines.slice(from, from + length).map((line) => line.replace(/^(\/\*\*| \*\/| \* ?|\/\/ ?)/, ''))
  return text.join('\n').trim()
}
