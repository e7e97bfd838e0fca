import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type MnlSocket, openMnl } from '../src/index.ts'
import { descriptors, openedSince } from './descriptors.ts'
import { bundled, Program } from './program.ts'
import { request, requests } from './request.ts'
import { wakeUps } from './wake-up.ts'

describe.each(wakeUps)('woken up by %s', (wakeUp) => {
  async function run(name: string, flags: string[] = [], env: Record<string, string> = {}): Promise<Program> {
    const program = new Program(await bundled(name), flags, [], { WAKE_UP: wakeUp, ...env })
    onTestFinished(() => void program.process.kill('SIGKILL'))
    return program
  }

  test('threads may end at any moment, mid-burst too', async () => {
    const path = await bundled('flood')
    const before = descriptors()
    for (let round = 0; round < 5; round++) {
      const workers = Array.from({ length: 4 }, () => new Worker(path, { stdout: true, env: { WAKE_UP: wakeUp } }))
      await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))))
      await Promise.all(workers.map((worker) => worker.terminate()))
    }
    expect(openedSince(before)).toEqual([])
    const transport = openMnl({ wakeUp })
    await new Promise<void>((resolve) => {
      transport.receive({ batch: () => resolve(), error: () => {} })
      transport.send(request())
    })
    transport.close()
  })

  test('a killed process leaves no socket behind', async () => {
    const program = await run('flood')
    await program.printed('flooding')
    const ports = [...program.output.matchAll(/port (\d+)/g)].map(([, port]) => port)
    expect(ports).toHaveLength(3)
    program.process.kill('SIGKILL')
    await program.ended
    const open = readFileSync('/proc/net/netlink', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, protocol]) => protocol === '12')
      .map(([, , port]) => port)
    for (const port of ports) expect(open).not.toContain(port)
  })

  test('an open transport keeps the process alive, paused or not, and a closed one lets it end', async () => {
    const program = await run('alive')
    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(program.output).toBe('answer 1\nanswer 2\n')
  })

  test('a process may end itself from within a batch', async () => {
    const program = await run('leave')
    expect(await program.ended).toEqual({ code: 7, signal: null })
    expect(program.output).toBe('')
  })

  test('an exception nobody catches ends the process, and says where it came from', async () => {
    const program = await run('mistake')
    expect(await program.ended).toEqual({ code: 1, signal: null })
    expect(program.output).toContain('Error: a mistake in a receiver')
    expect(program.output).toMatch(/at .*batch/)
  })

  test('a forgotten transport is closed when it is collected', async () => {
    const program = await run('garbage', ['--expose-gc'])
    await program.ended
    const { before, between, after } = JSON.parse(program.output)
    expect(between).toBe(before + 100)
    expect(after).toBeLessThanOrEqual(before + 1)
  })

  test('10,000 sockets opened and closed leave neither descriptors nor memory behind', async () => {
    const program = await run('cycles', ['--expose-gc'])
    await program.ended
    const { before, after } = JSON.parse(program.output)
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors)
    expect(after.resident - before.resident).toBeLessThan(8 << 20)
  })

  test('memory that is not to be had is told once, and reading goes on when it is', async () => {
    const program = await run('famine', [], { MALLOC_ARENA_MAX: '1' })
    expect(await program.ended).toEqual({ code: 0, signal: null })
    const { errors, starvedAt, slots, missing } = JSON.parse(program.output)
    expect(errors).toEqual(['mmap ENOMEM none'])
    expect(starvedAt).toBe(slots)
    expect(missing).toBe(0)
  })

  test('sockets may be closed in any order, by their own receivers and by those of others', async () => {
    const orders = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 })
    const property = fc.asyncProperty(orders, fc.boolean(), async (order, byOthers) => {
      const before = descriptors()
      const sockets: MnlSocket[] = order.map(() => openMnl({ wakeUp }))
      await new Promise<void>((resolve) => {
        let closed = 0
        sockets.forEach((socket, i) => {
          socket.receive({
            batch(batch) {
              const next = byOthers ? order[(order.indexOf(i) + 1) % order.length]! : i
              sockets[next]!.close()
              sockets[next]!.close()
              if (++closed >= 4) resolve()
              batch.release()
            },
            error: () => {},
          })
        })
        for (const i of order) sockets[i]!.send(requests(100))
      })
      for (const i of order.toReversed()) sockets[i]!.close()
      expect(openedSince(before)).toEqual([])
    })
    await fc.assert(property, { numRuns: 30 })
  })
})
