/**
 * What kernels do, a sentence each: the scenarios show that it is so, and cite these keys. "Owner" is the socket that bound a queue, "answer"
 * a message of type NLMSG_ERROR, which acknowledges when its error is 0. Where kernels differ the scenarios say how.
 */
export const statements = {
  // Messages and answers
  'F-001':
    'A request that asks for an acknowledgement and succeeds gets one answer of 36 bytes: error 0 and its own header.',
  'F-002': 'A request that fails is answered, asked for or not, and the answer repeats the whole request.',
  'F-003': 'With CAP_ACK the answer to a failure repeats the header only: 36 bytes, flag CAPPED.',
  'F-004':
    'With EXT_ACK a violated policy is told in words, with the place of the attribute; other errors add nothing.',
  'F-005': 'Bytes that are no attribute are ignored; with EXT_ACK an acknowledgement warns of them.',
  'F-006': 'A success without the flag ACK is not answered.',
  'F-007': 'A message without the flag REQUEST does nothing; with ACK it is acknowledged all the same.',
  'F-008': "Netlink's own message types, 1 to 15, do nothing; with ACK they are acknowledged.",
  'F-009': 'A request too short for the netfilter header does nothing; with ACK it is acknowledged.',
  'F-010': 'A datagram whose first message has an impossible length is discarded without an answer.',
  'F-011': 'The messages of one datagram are answered one by one, in order; an impossible length discards the rest.',
  'F-012': 'When send returns, all answers to the datagram can be read.',
  'F-013': 'An unknown subsystem or message is refused: EINVAL.',
  'F-014':
    'Unknown attributes are ignored, the last of two of a kind counts, and the type bits of a number mean nothing.',
  'F-015': 'Of a number that is too long the first bytes count; one that is too short is refused: ERANGE.',
  'F-016': 'The version of the netfilter header, and its family in requests to queues, do not matter.',
  'F-017': 'Without CAP_NET_ADMIN the first message of a datagram is refused, EPERM, and no group can be joined.',
  'F-018':
    'A batch for queues, connections or expectations is refused as a whole, EOPNOTSUPP; for an unknown subsystem: EINVAL.',
  'F-019': 'A dump ends with DONE, is not acknowledged, and its messages carry the sequence number and MULTI.',
  'F-020': 'The answer to a question about one object carries MULTI, and no DONE follows.',
  'F-021': 'Either of the two flags ROOT and MATCH makes a request for entries a dump.',
  'F-022': 'A socket has one dump at a time, a second is refused with EBUSY; other requests are answered meanwhile.',
  'F-023': 'The DONE of a dump that found something has a datagram of its own.',
  'F-024': 'The first datagram of a dump is small; later ones grow with the buffer that is read into, up to 32 KiB.',
  'F-025': 'A read with too small a buffer loses the rest of the datagram, and says so.',
  'F-026': 'An empty datagram is refused with ENODATA, one larger than the send buffer with EMSGSIZE.',
  'F-027':
    "A process's first socket has the process id as its port, the next a large number; a port in use: EADDRINUSE.",
  'F-028': 'The kernel sends from port 0, and an event names its group as a bit.',
  'F-029': 'Groups are 1 to 32; binding again replaces them, and cannot change the port: EINVAL.',

  // Overrun
  'F-030': 'An overrun makes the next read fail once with ENOBUFS; what waited stays readable.',
  'F-031': 'After an overrun everything is lost until the socket was read empty.',
  'F-032': 'A datagram larger than the whole buffer is taken when the socket is empty.',
  'F-033': 'With NO_ENOBUFS nothing is reported, and only what does not fit is lost.',
  'F-034': 'While ENOBUFS is pending, poll reports an error, and data if there are any.',
  'F-035': 'Answers are lost like everything else.',
  'F-036': 'A receive buffer is reported twice as large as it was set.',
  'F-037':
    'A dump goes on with the read that leaves half of the receive buffer free; a part without room is told as ENOBUFS, and comes later.',

  // The settings of a queue
  'F-040': 'BIND makes a queue in mode NONE for 1024 packets; bound again it is EBUSY for its owner, EPERM for others.',
  'F-041': 'Nobody but the owner may configure a queue, whatever the request says: EPERM.',
  'F-042': 'Settings for a queue that is not there are refused: ENODEV.',
  'F-043': 'PF_BIND and PF_UNBIND always succeed, and do nothing.',
  'F-044': 'An unknown command is refused: EOPNOTSUPP, in old kernels errno 524.',
  'F-045': 'FLAGS need a MASK, EINVAL; unknown flags are refused before anything else is looked at.',
  'F-046': 'A kernel without conntrack glue refuses the flag CONNTRACK, EOPNOTSUPP, even where there is no queue.',
  'F-047': 'BIND together with refused flags makes no queue.',
  'F-048':
    'An unknown copy mode is acknowledged and changes nothing; a copy range of 0 or too large a one is the largest.',
  'F-049': 'UNBIND ignores the settings that come with it.',
  'F-050': 'BIND and all settings may come in one message.',
  'F-051': 'A queue that is bound again starts from defaults, with packet id 1.',
  'F-052': 'The file nfnetlink_queue in /proc has a line for each queue: owner, length, mode, range, losses, last id.',
  'F-053': 'User space cannot send a packet message: it is refused.',

  // Packets
  'F-060': 'A packet is a datagram of its own: sequence, port and flags 0, the payload last and unpadded.',
  'F-061': 'A packet tells its header, devices, checksum state and payload in the order of the kernel.',
  'F-062': 'The hook decides which devices and which hardware address a packet names.',
  'F-063': 'Mark and priority are told only when they are not 0.',
  'F-064': 'The time of arrival is told at the first three hooks, and only when something on the host asked for it.',
  'F-065': 'A packet larger than the copy range is cut, and its whole length told.',
  'F-066': 'Without the flag GSO a super-packet comes as segments with ids of their own; with it as one packet.',
  'F-067': 'With the flag UID_GID a local packet tells user and group of its sender.',
  'F-068': 'Ids count from 1 in each queue, in order; an overrun uses one up, a full queue does not.',
  'F-069': 'In the bridge family a packet names ports, bridge, VLAN tag and link-layer header.',
  'F-070': 'An IP packet that crosses a bridge names the bridge as its device, and the ports besides.',
  'F-071': 'Without a listener a packet is dropped, or passes where the rule has bypass; in mode NONE it is dropped.',
  'F-072': 'A full queue drops and counts; with FAIL_OPEN it lets pass and does not count.',
  'F-073': 'What the socket refuses is dropped and counted; with FAIL_OPEN it passes and is not counted.',
  'F-074': 'A queue of length 0 drops everything; one made shorter keeps what waits.',
  'F-075': 'A sender of this machine is held up once as many packets wait as its send buffer holds.',
  'F-076': 'A packet waits for its verdict for ever.',

  // Verdicts
  'F-080': 'A verdict that names no waiting packet or no verdict is refused, and a waiting packet goes on waiting.',
  'F-081': 'A verdict is silent, and acknowledged when asked for, after its effect.',
  'F-082': 'Verdicts may come in any order.',
  'F-083': 'DROP, ACCEPT, REPEAT, STOP and QUEUE say where a packet goes next; a packet queued again has a new id.',
  'F-084': 'A packet sent on to a queue that is missing is dropped, or passes with the bypass flag.',
  'F-085': 'ACCEPT with any bit above the low byte is STOP.',
  'F-086': 'A packet that is queued again is there before the answer to its verdict.',
  'F-087': 'The mark and the priority of a verdict show in the next queue.',
  'F-088': 'A new payload may be longer, or shorter down to the transport header; one that cannot be drops the packet.',
  'F-089': 'Checksums and lengths inside a new payload are left as they are.',
  'F-090': 'Connection and link-layer attributes of a verdict are ignored where there is nothing they could change.',
  'F-091': 'In the bridge family half a VLAN tag, or a link-layer header of another length, drops the packet: EINVAL.',
  'F-092': 'A batch verdict takes all waiting packets up to an id, where ids may have wrapped; it takes no payload.',
  'F-447':
    'A batch verdict does with each of its packets what a verdict of its own would, in order; it succeeds where it finds one.',
  'F-448': 'What the socket refuses does not wait for a verdict.',
  'F-449': 'What a filter of the socket swallows waits for a verdict, unseen.',
  'F-093': 'When a queue ends, its waiting packets are dropped, and anybody may bind its number at once.',
  'F-094': 'A queue lives until the last descriptor of its socket is closed.',
  'F-095': 'When a device goes down its waiting packets are dropped, and the queue stays.',
  'F-096': 'Removing any hook function drops all waiting packets; removing rules does not.',
  'F-097': 'Another mode or other flags leave the packets that wait alone.',
  'F-098': 'A packet whose bridge port is gone is dropped, though its ACCEPT is acknowledged.',
  'F-099': 'Balance depends on addresses and protocol only, and is the same both ways.',

  // Connections of queued packets
  'F-100':
    'With the flag CONNTRACK a packet tells its connection and its part in it, before the length, in every mode.',
  'F-101': 'A packet before connection tracking, or left out of it, tells no connection.',
  'F-102': 'The connection of a first packet is new, unconfirmed, has no start, and counts the packet already.',
  'F-103': 'A verdict may change mark, timeout, status, helper data and labels of the connection; errors stay unheard.',
  'F-104': 'A verdict may make an expectation for a connection with a helper.',

  // Entries of the table
  'F-110': 'To make an entry takes the flag CREATE, both tuples of one protocol, and a timeout.',
  'F-111': 'A tuple must be complete, and of the family that it claims.',
  'F-112': 'An entry that is there is refused with EXCL, EEXIST, and else changed; REPLACE means nothing.',
  'F-113': 'A reply tuple that another entry has is refused: EEXIST.',
  'F-114': 'An entry cannot be made without CONFIRMED in its status, nor with EXPECTED or DYING: EBUSY.',
  'F-115': 'A change of NAT, master, fixed timeout, or of status bits that never go away is refused.',
  'F-116': 'A mark with a mask is (old & ~mask) ^ mark.',
  'F-117': 'A change of the status only sets bits.',
  'F-118': 'A change that succeeds makes one event; one that fails keeps its first steps.',
  'F-119': 'TCP states and window scales have limits, ERANGE; SCTP needs everything.',
  'F-120': 'To get an entry takes a tuple, EINVAL, of an entry that is there and not expired, ENOENT.',
  'F-121': 'An entry tells its attributes in the order of the kernel.',
  'F-122': 'CTRZERO tells the counters, and sets them to 0.',
  'F-123': 'A dump tells only entries that its filter matches.',
  'F-124': 'In some kernels the filter of IPv6 addresses in a dump is inverted.',
  'F-125': 'DELETE takes the entry with the tuple; an id that differs protects it: ENOENT.',
  'F-126': 'DELETE without a tuple flushes what its filter matches, and always succeeds.',
  'F-127': 'The list of unconfirmed entries is empty; it and the list of dying ones can only be dumped.',
  'F-128': 'Statistics are one message for each processor, or a single one for the whole table.',
  'F-129': 'An expired entry is gone at once; its event comes when it is collected, with the time at which it expired.',

  // Events
  'F-140': 'NEW, UPDATE and DESTROY differ in type, flags and group; their port is that of who asked, or 0.',
  'F-141': 'With ECHO who asked gets the event before the acknowledgement, and not a second time from the group.',
  'F-142': 'Without ECHO who asked and listens gets the event from the group.',
  'F-143': 'An entry that was made while nobody listened, in any network namespace, never tells anything.',
  'F-144': 'DESTROY tells the counters, the times and the last state of the protocol, and its status has DYING.',
  'F-145': 'Packets of TCP, UDP and ICMP make an event whenever they changed something.',
  'F-146': 'A DESTROY that a listener with BROADCAST_ERROR missed is sent again; the entry is dying meanwhile.',
  'F-147': 'A flush makes a DESTROY for each entry, with the port of who flushed.',

  // Expectations, timeouts, helpers
  'F-150':
    'An expectation needs tuple, mask and master; a timeout it is made with is ignored, and can be changed later.',
  'F-151': 'A class that is full loses its oldest expectation before the new one is told.',
  'F-152': 'A dump of the expectations of a connection without a helper has no message, and no DONE.',
  'F-153': 'Statistics of expectations come with the type of another message, CT_GET_CTRZERO.',
  'F-154': 'An expectation ends with its master, and its event has port 0.',
  'F-155': 'A timeout policy that is there: EEXIST with EXCL, changed with REPLACE, else EBUSY.',
  'F-156': 'The answer to DEFAULT_GET has the type of DEFAULT_SET.',
  'F-157': 'Helpers in user space can be made, listed, changed, used and deleted.',

  // How traffic is judged
  'F-160':
    'A TCP segment out of the window is invalid; one that may be old, or a little too early, passes and changes nothing.',
  'F-161':
    'A RST ends a connection only with the sequence number that is expected; one that may be forged leaves the state.',
  'F-162': 'A segment is invalid when it is cut off, has flags that no segment has, or a wrong checksum.',
  'F-163':
    'A datagram is invalid when its length cannot be, or its checksum is wrong; other protocols are not looked at.',
  'F-164':
    'The type of an ICMP message says whether it begins a flow, answers, is an error, is left out, or is invalid.',
  'F-165': 'An ICMP error belongs to the connection of the packet that it quotes, and changes nothing of it.',
  'F-166': 'Checksums matter only where packets arrive, and only while nf_conntrack_checksum is set.',
  'F-167':
    'Of first packets that wait together the one accepted first begins the connection; later ones join it or are dropped.',
  'F-168': 'A new payload that leaves over the loopback device comes back as its IP header says, or not at all.',
  'F-169': 'A translation that a request made has no effect while no chain translates.',
  'F-170': 'SCTP follows chunks and verification tags.',
  'F-171': 'GRE has keys in version 1 only, and lasts longer once it was answered.',
  'F-172': 'A protocol that the kernel does not track has no ports.',
  'F-173': 'DCCP follows types of packets and the roles of both sides, up to Linux 6.16.',
  'F-180':
    'A packet that a rule rejects is dropped, and its sender is told, through OUTPUT: by a reset, or by an ICMP error that quotes it.',
  'F-181': 'Resets, errors and damaged packets are rejected without an answer.',
  'F-182': 'A rule that resets a connection closes it; a first packet that is reset leaves no entry.',
  'F-183': 'A packet that is forwarded lives one hop less, and the checksum of its header follows, right or wrong.',
  'F-184': 'One that has no hop left is told to its sender, and comes no further: no rule at FORWARD meets it.',
  'F-185': 'An answer to a first packet shares its connection, and cannot be queued while that is rejected.',
  'F-201': 'Fragments are put together before all rules, and are tracked, queued and received as a whole.',
  'F-202':
    'What a rule gives to connections counts at the hook where the rule stands, and of several rules the first counts.',
  'F-203': 'Translation changes addresses and ports of packets, and of what errors quote; wrong checksums stay wrong.',
  'F-204': 'Where connection tracking found a checksum to be right, it counts as verified; a wrong one does not.',
  'F-205': 'Entries of waiting packets count, though no dump shows them.',
  'F-206': 'An entry that a request made has no past: its next packet makes a stream of UDP, and ends GRE.',
  'F-208':
    'Where a connection says so, sequence numbers move, whatever the protocol; what has no room for them is dropped.',
  'F-207':
    'Segments of a first packet are dropped when they are accepted before the first of them, while others of them wait.',

  // How rules of nf_tables judge packets
  'F-301':
    'Base chains run by priority, of equal ones the younger first; accept ends one of them, and its policy decides where no rule does.',
  'F-302': 'A jump comes back behind its rule, and a goto does not.',
  'F-303': 'A set has an element for as long as it lives; packets add elements, and a verdict map decides by them.',
  'F-304': 'A rule counts the packets that come as far as its counter, and is listed with what it counted.',
  'F-305':
    'The table of an owner goes with its socket, and with a base chain of it every packet of the namespace that waits.',
  'F-306':
    'A transaction that is taken back drops what waits when it had a new base chain; rules come and go without that.',
  'F-307':
    'A packet that waits goes on at the next place, and not at the next chain: one that was put before makes it wait again.',
  'F-308': 'Chains that translate are met by the first packet of a connection alone.',
  'F-309':
    'What a rule is for both versions of IP says nothing in a table of one, and a header of IPv6 is in no IPv4 packet.',
  'F-310':
    'Of a rule that is refused one expression is blamed: names and extensions of all are looked up before the first is put in place.',
  'F-311':
    'What is listed says what was not said: defaults, lengths of structs, and how often something is referred to.',
  'F-312': 'A dead element finds nothing, and takes room until it is collected.',
  'F-313': 'A condition about what a packet does not have there does not hold: a device, or bytes behind an option.',

  // Log groups
  'F-400': 'A log group belongs to the socket that bound it, until it unbinds the group or is closed.',
  'F-401':
    'A log group that is not bound has no settings; what is no command is refused; binding a family does nothing.',
  'F-402': 'A copy of a packet tells hook, prefix, mark, sender and payload, up to the copy range; the packet goes on.',
  'F-403': 'Copies are numbered from 0 in their group where the group asks for it, and not otherwise.',
  'F-404': 'Connections come with copies only where the kernel joins packets and connections.',
  'F-405':
    'A copy has the bytes of the packet that is queued behind it, but for its checksum, and the same is told of both.',
  'F-406': 'A shadow finds the packets that a policy would judge otherwise, and judges none.',
  'F-407': 'Copies that a reader does not take in time are lost, as their numbers tell, and packets are not.',

  // Sockets
  'F-410': 'There is no socket: ENOENT, for an exact question as for a destruction.',
  'F-411': 'A dump is of one family; a program of instructions that leads nowhere is refused.',
  'F-412': 'A connection is found by its tuple from either end, with its user; where there is none, the listener is.',
  'F-413': 'A socket of UDP is found by whom it is connected to; an unconnected one may be one of several.',
  'F-414':
    'Destroying by tuple and cookie ends a connection and leaves the listener; a socket of UDP is unconnected by it.',
  'F-415': 'A list has the sockets whose state, ports and addresses are asked for, of one protocol.',
  'F-416': 'Of a connection that is finished the kernel keeps the ends, and neither user nor inode.',
  'F-417': 'When the last program has closed a socket its cookie is told, also that of a listener.',
  'F-418':
    'An exact question finds the connection, else the socket that fits its own end best: by address, device and family.',
  'F-419': 'A dump tells the sockets of its protocol, states and ports that a program of instructions accepts.',

  // Traces
  'F-420': 'A traced packet tells each rule it meets, and the policy of each base chain, with one id.',
  'F-421': 'A trace puts its rules in, tells the ways of packets through all hooks, and takes them out again.',
  'F-422': 'Beside a queue the hooks of a trace go when no packet waits, and not before.',

  // What random programs showed
  'F-430':
    'Whose an address is follows from the address a packet has where that is asked, also one that translation gave it.',
  'F-431': 'No socket sends a reset: at POSTROUTING its checksum is not verified, unless hardware is to complete it.',
  'F-433': 'Segments that a queue made on their way out have a link-layer header when they come in again over lo.',
  'F-434':
    'Only what is accepted is routed again: an IPv6 payload that ends in its destination is dropped then, and goes on otherwise.',
  'F-432':
    'Who forwards a packet of IPv4 gives it the priority that its type of service says; one of IPv6 keeps its own.',
  'F-435': 'What leads in a circle is refused: for the verdict that closes it, or each rule of it at the end.',
  'F-436': 'A table whose base chains a transaction takes away or changes cannot fall asleep or wake up behind that.',
  'F-437': 'A request that deletes all elements of a set makes room of what is dead, too.',
  'F-438': 'Labels that a request changes are told twice: at once, and with the next packet of the connection.',
  'F-439': 'A reset of what was for another host has its address, which is no address of this machine.',
  'F-441': 'What answers a sender whom INPUT gave an address of this machine leaves over lo, as OUTPUT sees it.',
  'F-442': 'A translated packet of SCTP has a right checksum, whatever it had.',
  'F-443':
    'An association that a request made has no state, and what carries none leaves it so; it lives as long as a closed one.',
  'F-444': 'Of a reset that waits on its way out nothing must be left, unless the kernel looks at payloads (7.2).',
  'F-445':
    'What a verdict has put behind the end of a packet stays there when the packet is translated; no kernel since 7.2 takes it.',
  'F-446':
    'Fragments that contradict each other spoil their datagram or are left out; what was there already does no harm.',
  'F-450':
    'What has no destination of IPv6 any more finds no neighbour, and does not leave; of IPv4 it goes to every neighbour.',
  'F-440': 'A mask may have bits that are no flags.',
} as const

/** The key of a statement: `F-001`. */
export type Statement = keyof typeof statements
