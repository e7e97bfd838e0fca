import { concat } from '@nfkit/inet/bytes'
