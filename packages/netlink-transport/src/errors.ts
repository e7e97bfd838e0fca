import { errnoName, type NamedAttribute } from '@nfkit/netlink-codec'

/** Sentences that say what to do about an errno, by its name. */
export type Advice = { readonly [code: string]: string }

const permission =
  'it needs CAP_NET_ADMIN in the user namespace that owns the network namespace: run as root, or give the program the capability'

/** What an errno means here, after any system call or after one in particular. */
const syscallAdvice: Advice = {
  EPERM: permission,
  'sendto EMSGSIZE': 'the datagram exceeds the send buffer: send less at once, or enlarge the buffer',
  'sendto ENOBUFS': 'the kernel had no memory for the datagram, and has not seen it: send it again',
  'sendmsg ENOENT': 'the service manager does not listen at NOTIFY_SOCKET',
  'sendmsg ECONNREFUSED': 'the service manager does not listen at NOTIFY_SOCKET',
  'sendmsg EAGAIN': 'the service manager has not read what it was told before: tell it again',
  'sendmsg EBADF': 'no descriptor with this number is open in this process',
  'recvmmsg EMSGSIZE': 'a datagram was longer than a receive slot, and is lost: open with a larger slotSize',
  'mmap ENOMEM':
    'there is no memory to read into; what arrives waits in the socket, and is read when there is: free some, or raise the limit',
  'open ENOENT': 'there is no such network namespace',
  'setns EINVAL': 'the path is no network namespace',
  'adopt EBADF': 'no descriptor with this number is open in this process',
  'adopt ENOTSOCK': 'the descriptor is no socket',
  'adopt EAFNOSUPPORT': 'the descriptor is a socket, but not of netlink',
  'adopt EPROTOTYPE': 'the socket is of another netlink protocol: say which one with the option protocol',
  'adopt EADDRNOTAVAIL': 'the socket is not bound to a port id',
  'adopt EXDEV': 'the socket is of another network namespace: say which one with the option netns',
  'setns EPERM': 'entering a network namespace needs CAP_SYS_ADMIN in its user namespace and in ours',
  ENOBUFS: 'messages arrived faster than they were read, and some are lost: enlarge the receive buffer, or read faster',
  EADDRINUSE: 'another socket has this port id',
  EPROTONOSUPPORT:
    'the kernel lacks this netlink protocol: load its module (nfnetlink for NETLINK_NETFILTER, inet_diag for NETLINK_SOCK_DIAG); a simulated kernel has these two',
  EMFILE: 'the process has too many open files: raise RLIMIT_NOFILE, or close some',
}

/** A system call on the socket failed. */
export class TransportError extends Error {
  static {
    this.prototype.name = 'TransportError'
  }
  /** `sendto`, `recvmmsg`, `bind`, … */
  readonly syscall: string
  /** `EPERM` and so on. */
  readonly code: string
  readonly errno: number
  /** What a failed read means: `none`, repeat it; `gap`, messages are missing but the socket still works; `fatal`, it works no more. */
  readonly effect: 'none' | 'gap' | 'fatal'

  constructor(syscall: string, errno: number) {
    const code = errnoName(errno)
    const advice = syscallAdvice[`${syscall} ${code}`] ?? syscallAdvice[code]
    super(advice ? `${syscall}: ${code}: ${advice}` : `${syscall}: ${code}`)
    this.syscall = syscall
    this.code = code
    this.errno = errno
    this.effect = effects[`${syscall} ${code}`] ?? effects[code] ?? 'fatal'
  }
}

const effects: Readonly<Record<string, TransportError['effect']>> = {
  // Nothing was read, so nothing is missing.
  'mmap ENOMEM': 'none',
  EINTR: 'none',
  EAGAIN: 'none',
  ENOBUFS: 'gap',
  EMSGSIZE: 'gap',
  ENOMEM: 'gap',
}

/** What a `NetlinkError` is made of. */
export interface Refusal {
  /** The errno, positive. */
  readonly errno: number
  /** The kernel's name of the request: `NFQNL_MSG_CONFIG`. */
  readonly request: string
  /** The extended acknowledgement's text. */
  readonly detail?: string | undefined
  /** Where in the request the offending attribute starts. */
  readonly offset?: number | undefined
  /** Its name: `NFQA_CFG_FLAGS`. */
  readonly attribute?: string | undefined
  /** The offending attribute or, where the kernel names none, the newest of the request. */
  readonly suspect?: NamedAttribute | undefined
}

/** What an errno in an answer usually means; the layer that sent the request knows better and is asked first. */
const answerAdvice: Advice = {
  EPERM: permission,
  EINVAL: 'the kernel does not accept this request; it may be older than the feature',
  ERANGE: 'a value is too short, too long or out of range',
  ERESTART: 'the ruleset was changed after the generation that was given: read it again, and make the operations anew',
  EOPNOTSUPP: 'this kernel was built without the feature, or a module is not loaded',
  ENOMEM: 'the kernel is out of memory, or a table is full',
  ENOBUFS: 'the answer did not fit into the receive buffer: enlarge it',
}

/** What a kernel says that is older than something in the request. */
const ofOldKernels: readonly string[] = ['EINVAL', 'EOPNOTSUPP']

/** The kernel refused a request. */
export class NetlinkError extends Error {
  static {
    this.prototype.name = 'NetlinkError'
  }
  /** `ENOENT` and so on. */
  readonly code: string
  readonly errno: number
  readonly request: string
  readonly detail: string | undefined
  readonly offset: number | undefined
  readonly attribute: string | undefined
  /** What it means here and what to do. */
  readonly advice: string | undefined
  /** The attribute this kernel may be too old for, and the first one that has it. `undefined` where the refusal has another reason. */
  readonly suspect: NamedAttribute | undefined

  constructor(refusal: Refusal, advice: Advice = {}) {
    const code = errnoName(refusal.errno)
    const sentence = advice[code] ?? answerAdvice[code]
    // Advice of the layer above knows a reason; only an attribute the kernel names itself may have another.
    const isOld = ofOldKernels.includes(code) && (refusal.attribute !== undefined || advice[code] === undefined)
    const suspect = isOld && refusal.suspect?.since !== undefined ? refusal.suspect : undefined
    const said = [refusal.attribute, refusal.detail].filter((part) => part !== undefined).join(': ')
    super(
      `${refusal.request}: ${code}${said ? ` (${said})` : ''}${sentence ? `: ${sentence}` : ''}${sinceText(suspect)}`,
    )
    this.code = code
    this.errno = refusal.errno
    this.request = refusal.request
    this.detail = refusal.detail
    this.offset = refusal.offset
    this.attribute = refusal.attribute
    this.advice = sentence
    this.suspect = suspect
  }
}

/** An operation of a transaction that the kernel refused. */
export interface TransactionFailure {
  /** Which one, from 0 on. */
  readonly index: number
  /** What the kernel said of the operation. */
  readonly error: NetlinkError
}

/** The kernel refused operations of a transaction, and did none of them. `cause` is the first refusal. */
export class TransactionError extends Error {
  static {
    this.prototype.name = 'TransactionError'
  }
  /** In the order the kernel told them, which is that of the operations but for what fails at the end. */
  readonly failures: readonly TransactionFailure[]

  /** `count` operations were asked for. */
  constructor(failures: readonly TransactionFailure[], count: number) {
    const [first] = failures
    const others = failures.length - 1
    const more = others > 0 ? ` (and ${others} more)` : ''
    super(
      `transaction: operation ${first?.index} of ${count} was refused${more}, and none is done: ${first?.error.message}`,
      {
        cause: first?.error,
      },
    )
    this.failures = failures
  }
}

/** How a sentence ends that an attribute newer than the kernel may explain: `: NFQA_CFG_FLAGS, since Linux 3.6`. */
export const sinceText = (suspect: NamedAttribute | undefined): string =>
  suspect?.since === undefined ? '' : `: ${suspect.name}, since Linux ${suspect.since}`

/** The kernel's answer did not come: it was lost to an overrun of the receive buffer, or the connection was closed first. */
export class NoAnswerError extends Error {
  static {
    this.prototype.name = 'NoAnswerError'
  }
  readonly code: 'ETIMEDOUT' | 'ECANCELED'
  readonly request: string

  constructor(code: 'ETIMEDOUT' | 'ECANCELED', request: string) {
    super(
      code === 'ETIMEDOUT'
        ? `${request}: no answer: it was lost, probably because the receive buffer was full; enlarge it and try again`
        : `${request}: closed before the kernel answered`,
    )
    this.code = code
    this.request = request
  }
}

/** The table changed while it was dumped (`NLM_F_DUMP_INTR`): entries may be missing or doubled. */
export class DumpInterruptedError extends Error {
  static {
    this.prototype.name = 'DumpInterruptedError'
  }
  readonly request: string
  /** How many dumps were interrupted, one after another. */
  readonly attempts: number

  constructor(request: string, attempts = 1) {
    super(
      attempts === 1
        ? `${request}: the table changed while it was dumped: entries may be missing or doubled; dump again`
        : `${request}: the table changed under each of ${attempts} dumps: entries may be missing; ask for fewer at once with a filter, or accept it`,
    )
    this.request = request
    this.attempts = attempts
  }
}
