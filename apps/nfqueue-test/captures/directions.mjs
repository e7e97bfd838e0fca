// Turn demo.pcap into demo.pcapng: the same frames, with the direction the server saw them in.
import { linktype, PcapngWriter, readCapture } from '@nfkit/capture'
import { captureFile, FileSink } from '@nfkit/capture/file'
import { formatHardwareAddress } from '@nfkit/inet'

const [from, to] = process.argv.slice(2)
const server = '02:00:00:00:00:01'
const writer = new PcapngWriter(new FileSink(to), { application: 'nfkit' })
const eth0 = writer.addInterface({ linktype: linktype.ethernet, name: 'eth0', description: 'the server, veth' })
for await (const { timestampNs, bytes } of readCapture(captureFile(from))) {
  const source = formatHardwareAddress(bytes.subarray(6, 12))
  const direction = source === server ? 'outbound' : 'inbound'
  writer.record({ interface: eth0, timestampNs, parts: [bytes], direction })
}
writer.close()
