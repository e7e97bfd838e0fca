import { openMnl } from '@nfkit/mnl-native'
import { handover } from './suite.ts'

handover(openMnl)
