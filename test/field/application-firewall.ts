import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type JudgedConnection, openFirewall } from '@nfkit/firewall'
import { expect, onTestFinished, test } from 'vitest'
import type { World } from '../../packages/firewall/test/suites/world.ts'
import { until } from '../host.ts'
import { deferred, ending, load, optionsIn } from './stage.ts'

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nfkit-field-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

export function applicationFirewall(world: World): void {
  /** A firewall whose questions are answered by `answer`, with its rules in a file. */
  const asking = async (
    answer: (question: string) => PromiseLike<string> | string,
    milliseconds?: number,
    file = join(scratch(), 'rules.json'),
  ) => {
    const { judgeOf, rulesIn } = await load('application-firewall')
    const asked: string[] = []
    const firewall = await openFirewall({
      ...optionsIn(world),
      name: 'application',
      absent: 'accept',
      judge: judgeOf({
        rules: rulesIn(file),
        programOf: async (connection: JudgedConnection) => {
          await connection.owner()
          return '/usr/bin/tested'
        },
        ask(question: string) {
          asked.push(question)
          return answer(question)
        },
        milliseconds,
      }),
    } as Parameters<typeof openFirewall>[0])
    ending(world, firewall)
    return { firewall, asked, file }
  }

  test('application-firewall: a connection waits for the answer, and what is answered for ever is asked once', async () => {
    const answer = deferred<string>()
    const { asked, file } = await asking(() => answer.promise)
    const dialling = world.dial('peer', 4000)
    await until(() => asked.length === 1, 'the question')
    expect(asked).toEqual(['/usr/bin/tested to tcp 10.99.0.2 port 4000'])
    answer.resolve('always')
    const line = await dialling
    expect(await line.say('one')).toBe('one')
    line.close()
    ;(await world.dial('peer', 4000)).close()
    expect(asked.length).toBe(1)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ [asked[0]!]: 'always' })
  })

  test('application-firewall: the next program knows the answers', async () => {
    const file = join(scratch(), 'rules.json')
    const first = await asking(() => 'never', undefined, file)
    await expect(world.dial('peer', 4001)).rejects.toThrow('ECONNREFUSED')
    await first.firewall.remove()
    const { asked } = await asking(() => 'always', undefined, file)
    await expect(world.dial('peer', 4001)).rejects.toThrow('ECONNREFUSED')
    expect(asked).toEqual([])
  })

  test('application-firewall: equal questions are one, and an answer for now is asked again', async () => {
    const answers = [deferred<string>(), deferred<string>()]
    let next = 0
    const { asked } = await asking(() => answers[next++]!.promise)
    const dialling = [world.dial('peer', 4000), world.dial('peer', 4000)]
    await until(() => asked.length === 1, 'the question')
    answers[0]!.resolve('once')
    for (const line of await Promise.all(dialling)) line.close()
    expect(asked.length).toBe(1)
    answers[1]!.resolve('no')
    await expect(world.dial('peer', 4000)).rejects.toThrow('ECONNREFUSED')
    expect(asked.length).toBe(2)
  })

  test('application-firewall: without an answer in time, or with nonsense, it is refused', async () => {
    const { asked } = await asking(
      (question) => (question.endsWith('4000') ? new Promise<string>(() => {}) : 'perhaps'),
      100,
    )
    await expect(world.dial('peer', 4000)).rejects.toThrow('ECONNREFUSED')
    await expect(world.dial('peer', 4001)).rejects.toThrow('ECONNREFUSED')
    expect(asked.length).toBe(2)
  })

  test('application-firewall: who connects to the socket is asked, also what stood before, and nonsense ends the line', async () => {
    const { askThrough } = await load('application-firewall')
    const path = join(scratch(), 'ask.sock')
    const ask = askThrough(path)
    onTestFinished(() => ask.close())
    const { asked } = await asking((question) => ask(question, new AbortController().signal))
    const dialling = world.dial('peer', 4000)
    await until(() => asked.length === 1, 'the question')
    const rude = connect(path)
    rude.resume().write('nonsense\n')
    await new Promise((resolve) => rude.once('close', resolve))
    const client = connect(path)
    createInterface({ input: client }).on('line', (line) => {
      const { id, question } = JSON.parse(line)
      expect(question).toBe(asked[0])
      client.write(`{ "id": ${id}, "answer": "perhaps" }\n{ "id": ${id}, "answer": "once" }\n`)
    })
    ;(await dialling).close()
    client.destroy()
  })
}
