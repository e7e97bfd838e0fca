#!/usr/bin/env node
import { fail } from './failure.ts'
import { program } from './program.ts'

program().parseAsync().catch(fail)
