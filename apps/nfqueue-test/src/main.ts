#!/usr/bin/env node
import { fail } from './failure.ts'
import { program, spelled } from './program.ts'

program()
  .parseAsync(spelled(process.argv.slice(2)), { from: 'user' })
  .catch(fail)
