import { expect, test } from 'vitest'
import { ackAttrs, markdown, type Table, withNested } from '../src/index.ts'
import { messageTypes } from './everything.ts'

/** The messages a table serves, as the page lists them. */
const messages = messageTypes.map(({ name, type, table, answer }) => {
  const hex = `0x${type.toString(16).padStart(4, '0')}`
  const link = (table: Table) => `[\`${table.name}\`](#${table.name.toLowerCase()})`
  return `| \`${name}\` | ${hex} | ${link(table)}${answer === table ? '' : `; answers: ${link(answer)}`} |`
})
const roots = messageTypes.flatMap(({ table, answer }) => [table, answer])

const page = `# Attributes

Every attribute \`@nfkit/netlink-codec\` knows, generated from its tables (\`nfqueue\` and \`conntrack\` in \`packages/netlink-codec/src\`); after a change there run
\`npx vitest run packages/netlink-codec/test/markdown.test.ts -u\`. An attribute's header, and what says "host", is in the byte order of the machine; all
other numbers are in network order. "Since" is the first mainline kernel that has the attribute; before 4.4 it is the best we know.

| message | type | attributes |
|---|---|---|
${messages.join('\n')}

${markdown(withNested([...roots, ackAttrs]))}`

test('docs/attributes.md is what the tables say', async () => {
  await expect(page).toMatchFileSnapshot('../../../docs/attributes.md')
})

test('every attribute is on it, with its id', () => {
  for (const table of withNested(roots)) {
    for (const { name, attr } of table.slots) expect(page).toContain(`| \`${name}\` | ${attr.id} |`)
  }
})

test('no cell breaks the table it is in', () => {
  for (const line of page.split('\n').filter((line) => /^\| `[A-Z]/.test(line))) {
    expect([4, 8]).toContain(line.match(/\|/g)!.length)
  }
})
