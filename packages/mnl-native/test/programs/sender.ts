/** In a worker: sends as many UDP packets as it is told, as fast as it can, then says so. */
import { createSocket } from 'node:dgram'
import { parentPort, workerData } from 'node:worker_threads'

const { port, size } = workerData as { port: number; size: number }
const socket = createSocket('udp4')
const payload = Buffer.alloc(size)

function send(left: number): void {
  if (left === 1) socket.send(payload, port, '127.0.0.1', () => parentPort?.postMessage('sent'))
  else socket.send(payload, port, '127.0.0.1')
  if (left % 50 === 0) setImmediate(send, left - 1)
  else if (left > 1) send(left - 1)
}

parentPort?.on('message', (count: number) => send(count))
