import { scenario } from '../scenario.ts'
import { follow } from '../vector.ts'

/** A handshake, windows of 1000 bytes and no options. */
const open = ['> S 1000', '< SA 5000/1001', '> A 1001/5001']
/** The same with both offering a window scale of 3. */
const scaled = ['> S 1000 options=01030303', '< SA 5000/1001 options=01030303', '> A 1001/5001 window=125']

/** Segments, and what connection tracking makes of each: state of the packet, seconds, state, status, flags, packets, scales. */
const vectors: Readonly<Record<string, readonly string[]>> = {
  'a handshake': [
    '> S 1000 | new 120 synSent 08 00/00 1/0',
    '< SA 5000/1001 | established 60 synRecv 0a 00/20 1/1',
    '> A 1001/5001 | established 432000 established 0e 20/20 2/1',
  ],
  'data, and a close': [
    ...open,
    '> PA 1001/5001 bytes=100 | established 300 established 0e 30/20',
    '< A 5001/1101 | established 432000 established 0e 20/20',
    '> FA 1101/5001 | established 120 finWait 0e 34/20',
    '< A 5001/1102 | established 60 closeWait 0e 24/20',
    '< FA 5001/1102 | established 30 lastAck 0e 24/30',
    '> A 1102/5002 | established 120 timeWait 0e 24/20',
    '> S 900000 | new 120 synSent 08 00/00 1/0',
  ],
  'data beyond a window of 0, part of which is sent again': [
    '> S 1000',
    '< SA 5000/1001 window=0',
    '> A 1001/5001',
    '> PA 1001/5001 bytes=100 | established 300 established 0e 30/20 3/1',
    '> PA 1001/5001 bytes=20 | established 300 established 0e 30/20 4/1',
  ],
  'a SYN sent again keeps the timeout and is not counted': [
    '> S 1000',
    'wait 5',
    '> S 1000 | new 115 synSent 08 00/00 1/0',
    '< SA 5000/1001 | established 60 synRecv 0a 00/20 1/1',
  ],
  'a SYN sent again after its answer, and answered again': [
    '> S 1000',
    '< SA 5000/1001',
    '> S 1000 | established 60 synRecv 0a 00/20 1/1',
    '< SA 5000/1001 | established 60 synRecv 0a 00/20 1/2',
    '> A 1001/5001 | established 432000 established 0e',
  ],
  'a RST that answers a SYN': ['> S 1000', '< RA 0/1001 | established gone'],
  'a RST that answers no SYN': ['> S 1000', '< RA 0/1005 | invalid 120 synSent 08'],
  'a challenge and the RST it provokes': [
    '> S 1000',
    '< A 5001/777 | established 120 synSent 0a',
    '> R 777 | established 10 close 0a',
  ],
  'a SYN sent again after a challenge': [
    '> S 1000',
    '< A 5001/777',
    '> S 1000 | established 120 synSent 0a 00/00 2/0',
    '< SA 5000/1001 | established 60 synRecv',
  ],
  'what may not follow a SYN': [
    '> S 1000',
    '> A 1001/1 | invalid 120 synSent 08 00/00 1/0',
    '> FA 1001/1 | invalid 120 synSent 08 00/00 1/0',
    '< FA 5000/1001 | invalid 120 synSent 08 00/00 1/0',
    '> SA 1000/1 | invalid 120 synSent 08 00/00 1/0',
  ],
  'SYN and SYN/ACK in an established connection': [
    ...open,
    '< S 1 | invalid 432000 established 0e 20/20 2/1',
    '> SA 1001/5001 | invalid 432000 established 0e 20/20 2/1',
    '< SA 5000/1001 | established 432000 established 0e 20/20 2/1',
  ],
  'a SYN of another connection, and its challenge': [
    ...open,
    '> S 77777 | established 432000 established 0e 20/20 2/1',
    '< A 5001/1001 | established 432000 established 0e 20/20 2/2',
    '> R 1001 | established 10 close',
  ],
  'a SYN of another connection, and a RST for it': [...open, '> S 77777', '< RA 0/77778 | established 10 close'],
  'a SYN of another connection, and its answer': [
    ...open,
    '> S 77777 options=01030307',
    '< SA 9000/77778 | established 60 synRecv 0e',
    '> A 77778/9001 | established 432000 established 0e',
  ],
  'a SYN of another connection with a number above 2³¹, and its answer': [
    ...open,
    '> S 4026531840 options=01030307',
    '< SA 9000/4026531841 | established 60 synRecv 0e',
  ],
  'a keep-alive': [
    ...open,
    '> A 1000/5001 | established 432000 established 0e 20/20 3/1',
    '> A 1000/5001 bytes=1 | established 432000 established 0e 20/20 4/1',
    '< A 5001/1001 | established 432000 established 0e 20/20 4/2',
  ],
  'a RST before the handshake is over': ['> S 1000', '< SA 5000/1001', '< RA 5001/1001 | established 10 close 0a'],
  'a RST without a sequence number before the handshake is over': [
    '> S 1000',
    '< SA 5000/1001',
    '< RA 0/1001 | established 60 synRecv 0a 00/20 1/1',
  ],
  'a RST without a sequence number': [...open, '< RA 0/1001 | invalid 432000 established 0e 20/20 2/1'],
  'data with the last segment of the handshake': [
    '> S 1000',
    '< SA 5000/1001',
    '> PA 1001/5001 bytes=10 | established 300 established 0e 30/20',
  ],
  'the server goes on first': [
    '> S 1000',
    '< SA 5000/1001',
    '< A 5001/1001 | established 60 synRecv 0a',
    '< FA 5001/1001 | established 120 finWait 0a 00/34',
  ],
  'a connection whose beginning was missed': [
    '> A 1001/5001 | new 300 established 08 0a/0a 1/0',
    '< A 5001/1001 | established 300 established 0a',
    '> A 1001/5001 | established 432000 established 0e',
  ],
  'a FIN of a connection whose beginning was missed': [
    '> A 1001/5001',
    '> FA 1001/5001 | new 120 finWait 08 0e/0a',
    '> R 99999 | new gone',
  ],
  'a RST of a connection whose beginning was missed': ['> A 1001/5001', '< R 12345 | established gone'],
  'the first acknowledgement acknowledges nothing': ['> A 1001/0 | new 300 established 08 2a/0a'],
  'a RST in TIME_WAIT, and a new connection': [
    ...open,
    '> FA 1001/5001',
    '< A 5001/1002',
    '< FA 5001/1002',
    '> A 1002/5002 | established 120 timeWait',
    '< RA 3/3 | established 10 close',
    '> S 70000 | new 120 synSent 08 00/00 1/0',
  ],
  'a new connection from the server in TIME_WAIT': [
    ...open,
    '> FA 1001/5001',
    '< A 5001/1002',
    '< FA 5001/1002',
    '> A 1002/5002',
    '< S 70000 | new',
  ],
  'ends out of the window from both sides': [
    ...open,
    '> FA 900000/5001 | invalid 432000 established 0e 20/20 2/1',
    '< FA 900000/1001 | invalid 300 established 0e 20/20 2/1',
  ],
  'a scaled window': [
    ...scaled,
    '< A 5001/1001 window=1000 | established 432000 established 0e 21/21 2/2 3/3',
    '> PA 9001/5001 bytes=1 | established 300 established 0e 31/21 3/2 3/3',
    '> PA 17100/5001 bytes=1 | invalid 300 established',
  ],
  'a window scale that only one side offers': [
    '> S 1000 options=0103030304020101 | new 120 synSent 08 03/00 1/0 3/0',
    '< SA 5000/1001 | established 60 synRecv 0a 03/20 1/1 0/0',
  ],
  'a window scale of more than 14': ['> S 1000 options=01030363 | new 120 synSent 08 01/00 1/0 14/0'],
  'a window scale that nothing stands in front of': ['> S 1000 options=03030700 | new 120 synSent 08 01/00 1/0 7/0'],
  'options of another length, or with the length of another': [
    '> S 1000 options=0304070063030500 | new 120 synSent 08 00/00 1/0 0/0',
    '< SA 5000/1001 options=0403006302000000 | established 60 synRecv 0a 00/20 1/1 0/0',
  ],
  'an option whose length is not there': ['> S 1000 options=01010103 bytes=8 | new 120 synSent 08 00/00 1/0 0/0'],
  'an option that claims to be shorter than itself': [
    '> S 1000 options=0801030307010101 | new 120 synSent 08 00/00 1/0 0/0',
  ],
  'options that end too early': ['> S 1000 options=00030303 | new 120 synSent 08 00/00 1/0 0/0'],
  'both sides offer both options': [
    '> S 1000 options=0103030304020101 | new 120 synSent 08 03/00 1/0 3/0',
    '< SA 5000/1001 options=0103030704020101 | established 60 synRecv 0a 03/23 1/1 3/7',
    '> A 1001/5001 | established 432000 established 0e 23/23 2/1 3/7',
  ],
  'the first byte that is in the window no more': [
    ...open,
    '> A 2001/5001 | established 300 established 0e 30/20 3/1',
    '> PA 2002/5001 bytes=100 | established 300 established 0e 30/20 3/1',
  ],
  'as much beyond the window as the window is': [
    ...open,
    '> PA 2002/5001 bytes=998 | established 432000 established 0e 30/20 2/1',
    '< A 5001/3000 | established 432000 established 0e 20/20 2/2',
  ],
  'more beyond the window than the window is': [
    ...open,
    '> PA 2002/5001 bytes=999 | invalid 432000 established 0e 20/20 2/1',
  ],
  'an acknowledgement of what was not sent': [
    ...open,
    '> A 1001/5001 | established 432000 established',
    '> A 1001/5002 | invalid 432000 established 0e 20/20 3/1',
  ],
  'the oldest segment that is in the window': [
    ...open,
    '> PA 1001/5001 bytes=900',
    '< A 5001/1901',
    '> A 901/5001 | established 432000 established 0e 20/20 4/2',
    '> A 900/5001 | established 432000 established 0e 20/20 4/2',
  ],
  'the oldest acknowledgement': [
    ...open,
    '> A 1001/4294906297 | established 432000 established 0e 20/20 3/1',
    '> A 1001/4294906296 | established 432000 established 0e 20/20 3/1',
  ],
  'a selective acknowledgement of what was not sent': [
    '> S 1000 options=04020101',
    '< SA 5000/1001 options=04020101',
    '> A 1001/5001',
    '< A 5001/1001 options=0101050a000003e8000003e9 | established 432000 established 0e',
    '< A 5001/1001 options=0101050a000003f0000007d0 | invalid 432000 established',
  ],
  'a selective acknowledgement of another length': [
    '> S 1000 options=04020101',
    '< SA 5000/1001 options=04020101',
    '> A 1001/5001',
    '< A 5001/1001 options=050b000003f0000007d00000 | established 432000 established 0e',
  ],
  'a timestamp and nothing else': [
    ...open,
    '> A 1001/5001 options=0101080a0000000100000002 | established 432000 established 0e 20/20 3/1',
  ],
  'a window of zero': [
    ...open,
    '< A 5001/1001 window=0 | established 300 established 0e',
    '< A 5001/1001 window=1000 | established 432000 established',
  ],
  'the same acknowledgement three times': [
    ...open,
    '> A 1001/5001',
    '> A 1001/5001 | established 432000 established',
    '> A 1001/5001 | established 300 established',
    '> A 1001/5001 window=999 | established 432000 established',
  ],
  'data in a SYN': ['> S 1000 bytes=5', '< SA 5000/1006 | established 60 synRecv 0a'],
  'an answer to data that no SYN had': ['> S 1000', '< SA 5000/1006 | invalid 120 synSent 08'],
  'a SYN with another number': ['> S 1000', '> S 5000', '< SA 700/5001 | established 60 synRecv 0a'],
  'both sides open': [
    '> S 1000',
    '< S 5000 | established 120 synSent2 0a',
    '> SA 1000/5001 | established 60 synRecv 0a',
    '< SA 5000/1001 | established 60 synRecv 0a',
    '< A 5001/1001 | established 432000 established 0e',
  ],
  'data after a half close': [
    ...open,
    '> FA 1001/5001',
    '< A 5001/1002 | established 60 closeWait',
    '< PA 5001/1002 bytes=100 | established 60 closeWait',
  ],
  'a FIN sent again': [...open, '> FA 1001/5001', '> FA 1001/5001 | established 30 lastAck'],
  'a SYN in LAST_ACK, and its challenge': [
    ...open,
    '> FA 1001/5001',
    '< A 5001/1002',
    '< FA 5001/1002 | established 30 lastAck',
    '> S 90000 | established 30 lastAck',
    '< A 5002/1002 | established 30 lastAck',
  ],
}

for (const [name, steps] of Object.entries(vectors)) scenario('F-160', name, (world) => follow(world, steps))

/** By their sequence numbers, where 5001 is expected. */
const resets: Readonly<Record<string, readonly string[]>> = {
  'a RST that is expected': [...open, '< R 5001 | established 10 close 0e'],
  'a RST before what was acknowledged': [...open, '< R 5000 | invalid 432000 established 0e'],
  'a RST far out of the window': [...open, '< R 99999 | invalid 432000 established 0e'],
  'a RST at the end of a train': [...open, '< PA 5001/1001 bytes=9', '< R 5010 | established 10 close 0e'],
}

for (const [name, steps] of Object.entries(resets)) scenario('F-161', name, (world) => follow(world, steps))

scenario('F-161', 'a RST that may be forged', (world) =>
  follow(world, [
    ...open,
    `< R 5500 | established ${world.profile.keptResetCloses ? 10 : 300} established 0e`,
    '> A 1001/5001 | established 300 established 0e',
  ]),
)

scenario('F-161', 'a RST that is behind, where such ones pass', async (world) => {
  await world.sysctl('net.netfilter.nf_conntrack_tcp_ignore_invalid_rst', 1)
  await follow(world, [...open, `< R 5000 | established ${world.profile.keptResetCloses ? 10 : 300} established 0e`])
})

scenario('F-160', 'where windows do not matter', async (world) => {
  await world.sysctl('net.netfilter.nf_conntrack_tcp_be_liberal', 1)
  await follow(world, [
    ...open,
    '> PA 900000/5001 bytes=1 | established 432000 established 0e 20/20 3/1',
    '> A 1001/900000 | established 432000 established 0e 20/20 4/1',
    '< R 5000 | invalid 432000 established',
    '> FA 900000/5001 | established 120 finWait 0e',
  ])
})

scenario('F-160', 'one retransmission is too many', async (world) => {
  await world.sysctl('net.netfilter.nf_conntrack_tcp_max_retrans', 1)
  await follow(world, [...open, '> A 1001/5001 | established 300 established'])
})

scenario('F-160', 'an acknowledgement that was ignored is not the one that is sent again', async (world) => {
  await world.sysctl('net.netfilter.nf_conntrack_tcp_max_retrans', 1)
  await follow(world, [
    '> S 1000',
    '< S 5000 | established 120 synSent2',
    '< A 5001/1001 | established 120 synSent2',
    '< SA 5000/1001 | established 60 synRecv',
    '< A 5001/1001 | established 432000 established',
    '< A 5001/1001 | established 300 established',
  ])
})
