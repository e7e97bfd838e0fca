import { expect, test } from 'vitest'
import { fromIptables, fromNft } from '../src/doctor/rules.ts'

test('rules of iptables-save', () => {
  const text = `# comment
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport 22 -j NFQUEUE --queue-num 4 --queue-bypass
-A INPUT -p udp -j NFQUEUE --queue-balance 0:3 --queue-cpu-fanout
-A INPUT -j ACCEPT
COMMIT`
  expect(fromIptables(text)).toEqual([
    {
      text: 'iptables -A INPUT -p tcp -m tcp --dport 22 -j NFQUEUE --queue-num 4 --queue-bypass',
      first: 4,
      last: 4,
      bypass: true,
    },
    {
      text: 'iptables -A INPUT -p udp -j NFQUEUE --queue-balance 0:3 --queue-cpu-fanout',
      first: 0,
      last: 3,
      bypass: false,
    },
  ])
})

test('rules of nft, in the spellings of its versions', () => {
  const text = `table inet filter {
	chain input {
		type filter hook input priority filter; policy accept;
		tcp dport 22 queue flags bypass to 4
		udp dport 53 queue num 0-3 bypass,fanout
		icmp type echo-request queue to 7
		counter packets 0 bytes 0 accept
	}
}`
  expect(fromNft(text).map(({ first, last, bypass }) => [first, last, bypass])).toEqual([
    [4, 4, true],
    [0, 3, true],
    [7, 7, false],
  ])
})
