#!/usr/bin/env node
import { crash, fail } from './failure.ts'
import { end } from './interrupt.ts'
import { program, spelled } from './program.ts'

process.on('uncaughtException', crash)
await program()
  .parseAsync(spelled(process.argv.slice(2)), { from: 'user' })
  .catch(fail)
await end()
