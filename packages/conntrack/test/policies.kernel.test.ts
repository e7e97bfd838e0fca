import { kernelWorld } from './kernel-world.ts'
import { policyBehaviour } from './policy-behaviour.ts'

policyBehaviour(kernelWorld())
