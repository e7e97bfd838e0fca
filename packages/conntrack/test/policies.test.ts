import { SimulatedKernel } from '@nfkit/simulator'
import { policyBehaviour } from './policy-behaviour.ts'

const kernel = new SimulatedKernel()
policyBehaviour('the simulated kernel', () => kernel.connect())
