import { readFileSync } from 'node:fs'
import { openMnl } from '@nfkit/mnl-native'
import { freshHost, sendUdp, sh, udpListener } from '../../../test/host.ts'
import { queueStatusPath } from '../src/index.ts'
import { handoverSuite } from './suites/handover.ts'

handoverSuite("this machine's kernel", async () => {
  freshHost()
  sh('iptables -w -A OUTPUT -p udp --dport 5353 -j NFQUEUE --queue-num 0')
  const listener = await udpListener('127.0.0.1', 5353)
  return {
    open: () => openMnl(),
    send: (...texts) => sendUdp('127.0.0.1', 5353, texts),
    arrived: listener.got,
    isBound: () => /^\s*0 /m.test(readFileSync(queueStatusPath, 'utf8')),
    async [Symbol.asyncDispose]() {
      listener[Symbol.dispose]()
    },
  }
})
