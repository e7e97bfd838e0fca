import { formatHardwareAddress, sameAddress } from '@nfkit/inet'

/** Hardware addresses as text. Packets come from few neighbours, mostly from the same one: its text is made once. */
export class Neighbour {
  #address: Uint8Array = new Uint8Array(0)
  #text = ''

  text(address: Uint8Array): string {
    if (!sameAddress(this.#address, address)) {
      this.#address = address.slice()
      this.#text = formatHardwareAddress(address)
    }
    return this.#text
  }
}
