import { errorBehaviour } from './error-behaviour.ts'
import { kernelWorld } from './kernel-world.ts'

errorBehaviour(kernelWorld())
