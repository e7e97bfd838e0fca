import type { QuicCipher } from './cipher.ts'

// Not in any es lib, yet in every runtime this package runs in, browsers included.
interface Subtle {
  importKey(format: 'raw', key: Uint8Array, name: string, extractable: boolean, uses: string[]): Promise<object>
  encrypt(algorithm: object, key: object, data: Uint8Array): Promise<ArrayBuffer>
  decrypt(algorithm: object, key: object, data: Uint8Array): Promise<ArrayBuffer>
}
declare const crypto: { readonly subtle: Subtle }

const blockSize = 16
const zeros = new Uint8Array(blockSize)

/** Keys as WebCrypto has them, as long as their bytes are in use. */
const imported = new WeakMap<Uint8Array, Promise<object>>()

function importKey(key: Uint8Array, name: string, use: string): Promise<object> {
  let known = imported.get(key)
  if (known === undefined) {
    known = crypto.subtle.importKey('raw', key, name, false, [use])
    imported.set(key, known)
  }
  return known
}

/** A cipher of WebCrypto: in browsers, Node, Bun and Deno. It offers no single block: the first one of AES-CBC from zeros is the same. */
export const webCipher: QuicCipher = {
  async block(key, block) {
    const secret = await importKey(key, 'AES-CBC', 'encrypt')
    const chained = await crypto.subtle.encrypt({ name: 'AES-CBC', iv: zeros }, secret, block)
    return new Uint8Array(chained, 0, blockSize)
  },
  async open(key, iv, additionalData, sealed) {
    const secret = await importKey(key, 'AES-GCM', 'decrypt')
    const opened = crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, secret, sealed)
    // A tag that does not fit is an OperationError; so is every other refusal, and the packet is as unreadable then.
    return opened.then((bytes) => new Uint8Array(bytes)).catch(() => undefined)
  },
}
