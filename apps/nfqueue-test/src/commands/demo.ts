import { fileURLToPath } from 'node:url'
import { readCapture } from '@nfkit/capture'
import { captureFile } from '@nfkit/capture/file'
import { Command } from 'commander'
import { called } from '../cli/called.ts'
import { jsonOption } from '../cli/json-option.ts'
import { policyJudge } from '../judging/policy.ts'
import { note } from '../terminal/note.ts'
import { stdout } from '../terminal/stdout.ts'

const capture = captureFile(fileURLToPath(new URL('../captures/demo.pcapng', import.meta.url)))

const live = () => `To go live, as root: ${called()} 0 --rule 'tcp dport 2222' --connmark 7`

/** `nfqueue-test demo`: the main job without root. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('print and judge the packets of a capture, on a simulated kernel, without root')
    .addOption(jsonOption('packets', 'one JSON object per packet, and one for the summary'))
    .action(async ({ json = false }: { json?: boolean }) => {
      const { replayCapture } = await import('../replay/packets.ts')
      const judge = policyJudge({ verdict: 'accept', connmark: 7 })
      const { leftOut } = await replayCapture(readCapture(capture), { judge, json, quiet: false })
      note(`${leftOut.subject} left out: ${leftOut.reasons}`)
      if (!json) stdout.write(`${live()}\n`)
    })
}
