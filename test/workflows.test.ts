import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseDocument } from 'yaml'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

interface Step {
  readonly id?: string
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}
interface Job {
  readonly permissions?: object
  readonly needs?: string | readonly string[]
  readonly outputs?: Readonly<Record<string, string>>
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> }
  readonly steps?: readonly Step[]
  readonly uses?: string
}
interface Workflow {
  readonly name: string
  readonly on: object
  readonly permissions: object
  readonly jobs: Readonly<Record<string, Job>>
}

const folder = '.github/workflows'
const files = readdirSync(join(root, folder))

/** The scripts of the workspace whose name or folder a command has. */
function scriptsOf(workspace: string | undefined): string[] {
  const manifests = ['package.json', 'packages', 'apps'].flatMap((at) =>
    at.endsWith('.json') ? [at] : readdirSync(join(root, at)).map((name) => `${at}/${name}/package.json`),
  )
  const found = manifests.map((path) => JSON.parse(read(path))).find(({ name }) => name === (workspace ?? 'nfkit'))
  return Object.keys(found?.scripts ?? {})
}

describe.each(files)('%s', (file) => {
  const text = read(join(folder, file))
  const document = parseDocument(text, { strict: true, uniqueKeys: true })
  const workflow = document.toJS() as Workflow
  const jobs = Object.entries(workflow.jobs)
  const steps = jobs.flatMap(([, { steps = [] }]) => steps)

  test('is YAML without a doubt, with a name and events', () => {
    expect([document.errors, document.warnings]).toEqual([[], []])
    expect(Object.keys(workflow)).toEqual(expect.arrayContaining(['name', 'on', 'permissions', 'jobs']))
    expect(workflow.name).toBe(file.replace('.yml', ''))
  })

  test('gives no permission by default; each job asks for its own, and keeps no credentials it does not need', () => {
    expect(workflow.permissions).toEqual({})
    for (const [name, { permissions }] of jobs) expect(permissions, name).toBeDefined()
    for (const { uses, with: given } of steps)
      if (uses?.startsWith('actions/checkout@')) expect(given).toHaveProperty('persist-credentials')
  })

  test('names what there is: jobs, steps, matrices, workflows, actions with a version', () => {
    for (const [name, { needs = [], uses, strategy, steps = [], outputs = {} }] of jobs) {
      for (const other of [needs].flat()) expect(Object.keys(workflow.jobs), name).toContain(other)
      if (uses?.startsWith('./')) expect(existsSync(join(root, uses)), uses).toBe(true)
      for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@(v\d+|[0-9a-f]{40})$/)
      const expressions = JSON.stringify({ steps, outputs, strategy, runs: (workflow.jobs[name] as object) ?? {} })
      for (const [, key] of expressions.matchAll(/\bmatrix\.(\w+)/g))
        expect(Object.keys(strategy?.matrix ?? {}), `${name}: matrix.${key}`).toContain(key)
      for (const [, id] of expressions.matchAll(/\bsteps\.(\w+)\.outputs/g))
        expect(
          steps.map((step) => step.id),
          `${name}: steps.${id}`,
        ).toContain(id)
      for (const [, job, output] of expressions.matchAll(/\bneeds\.(\w+)\.outputs\.(\w+)/g))
        expect(Object.keys(workflow.jobs[job!]?.outputs ?? {}), `${name}: needs.${job}`).toContain(output)
    }
  })

  test('calls scripts and programs there are', () => {
    for (const line of steps.flatMap(({ run = '' }) => run.split('\n'))) {
      for (const [, script, workspace] of line.matchAll(/\bnpm run (?:--silent )?([\w:-]+)(?:.*?--workspace (\S+))?/g))
        expect(scriptsOf(workspace), line).toContain(script)
      if (/\bnpm (start|test)\b/.test(line)) expect(scriptsOf(undefined)).toContain(/npm (start|test)/.exec(line)![1])
      for (const [, path] of line.matchAll(/\bnode ([\w/-]+\.mjs)/g))
        expect(existsSync(join(root, path!)), line).toBe(true)
      for (const [, program] of line.matchAll(/\bnpx ([\w-]+)/g))
        expect(existsSync(join(root, 'node_modules/.bin', program!)), line).toBe(true)
    }
  })
})

test('.ci/run calls scripts and programs there are', () => {
  for (const line of read('.ci/run').split('\n')) {
    for (const [, script, workspace] of line.matchAll(/\bnpm run --silent ([\w:-]+)(?:.*?--workspace (\S+))?/g))
      expect(scriptsOf(workspace), line).toContain(script)
    for (const [, path] of line.matchAll(/\bnode ([\w/-]+\.mjs)/g))
      expect(existsSync(join(root, path!)), line).toBe(true)
  }
})
