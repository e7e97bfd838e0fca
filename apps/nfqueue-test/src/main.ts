#!/usr/bin/env node
import { program, spelled } from './program.ts'
import { crash, fail } from './terminal/failure.ts'
import { end } from './terminal/interrupt.ts'

process.on('uncaughtException', crash)
await program()
  .parseAsync(spelled(process.argv.slice(2)), { from: 'user' })
  .catch(fail)
await end()
