import { destructionBehaviour } from './destruction-behaviour.ts'
import { kernelWorld } from './kernel-world.ts'

destructionBehaviour(kernelWorld())
