#!/usr/bin/env node
import { program, spelled } from './program.ts'
import { crash, fail } from './terminal/failure.ts'
import { end } from './terminal/interrupt.ts'

process.on('uncaughtException', crash)
const words = spelled(process.argv.slice(2))
await program(words)
  .then((all) => all.parseAsync(words, { from: 'user' }))
  .catch(fail)
await end()
