import { SimulatedKernel } from '@nfkit/simulator'
import { beforeEach } from 'vitest'
import { handover } from './suite.ts'

let kernel: SimulatedKernel
beforeEach(() => {
  kernel = new SimulatedKernel()
})
handover(() => kernel.connect())
