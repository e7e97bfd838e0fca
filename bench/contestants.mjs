import { program, script } from './programs.mjs'

/** The queue all contestants read. */
export const queueNumber = 1

const c = (name, mode, ...options) => ({ name, argv: [program('consumer'), mode, String(queueNumber), ...options] })
const node = (name, file, ...options) => ({
  name,
  ours: true,
  argv: [process.execPath, script(file), String(queueNumber), ...options],
})

/** A system call for each step of each packet, and copies: how the original library does it. */
export const percall = c('c-percall', 'percall')
/** The classic loop of libnetfilter_queue. */
export const classic = c('libnetfilter_queue', 'lnq')
/** recvmmsg, and one send for all verdicts: as good as C gets. */
export const ideal = c('c-mmsg', 'mmsg')
/** The same in libuv's event loop, where every Node program runs. */
export const idealLoop = c('c-mmsg in libuv', 'loop')
export const idealRewrite = c('c-mmsg rewrite', 'mmsg', 'rewrite=1')
/** One batch verdict for each burst, whatever it is. */
export const idealBatch = c('c-mmsg batch', 'mmsg', 'batch=1')
/** With as much room as ours has for one stream. */
export const idealStream = c('c-mmsg', 'mmsg', 'buffer=67108864', 'maxlen=2048')
export const idealGso = c('c-mmsg gso', 'mmsg', 'gso=1', 'buffer=67108864')

/** The same in a Node program, with one call of an empty JavaScript function for each burst: no library can cost less. */
export const floor = { name: 'node, empty', argv: [process.execPath, script('floor'), String(queueNumber)] }
const hand = (name, how, ...more) => ({
  name,
  argv: [process.execPath, script('by-hand'), String(queueNumber), how, ...more.map(String)],
})
/** Judged in JavaScript, with nothing around it: no object, no check, no count. No program that judges in JavaScript can cost less. */
export const bare = hand('node, bare', 'bare')
/** The same with an object for each packet and a view of its payload: no library that hands packets to JavaScript as objects can cost less. */
export const byHand = (how, ...more) => hand(how === 'sync' ? 'node, by hand' : `node, by hand, ${how}`, how, ...more)

export const sync = node('node', 'accept')
export const batching = node('node batch', 'accept', 'batchVerdicts=1')
export const asynchronous = node('node async', 'accept-async')
export const iterating = node('node for await', 'accept-iterate')
export const rewriting = node('node rewrite', 'rewrite')
export const gso = node('node gso', 'accept', 'gso=1')
/** The TCP connections of all packets followed, and each packet accepted. */
export const following = node('node following', 'follow')
export const followingGso = node('node gso following', 'follow', 'gso=1')
/** The same, and every byte of both directions heard in order. */
export const hearing = node('node hearing', 'hear')
export const hearingGso = node('node gso hearing', 'hear', 'gso=1')
/** Each connection held until its hello is whole. */
export const holding = node('node holding', 'hold', 'maxLength=4096', 'deadlineMilliseconds=90000')
export const smallBuffer = node('node small buffer', 'accept', 'receiveBuffer=106496')
export const turns = node('node turns', 'turns')
