import type { Project } from '../project/project.ts'
import firstRuleJudge from './first-rule/judge.ts?raw'
import firstRule from './first-rule/rules.ts?raw'
import natJudge from './nat/judge.ts?raw'
import nat from './nat/rules.ts?raw'
import { network } from './network.ts'
import queueJudge from './queue/judge.ts?raw'
import queue from './queue/rules.ts?raw'
import statesJudge from './states/judge.ts?raw'
import states from './states/rules.ts?raw'
import timeoutsJudge from './timeouts/judge.ts?raw'
import timeouts from './timeouts/rules.ts?raw'

/** An example: what it shows, and what to send. */
export interface Example {
  readonly name: string
  readonly about: string
  readonly project: Project
}

const example = (name: string, about: string, text: string, judge: string, lines: readonly string[]): Example => ({
  name,
  about,
  project: { rules: { language: 'typescript', text }, judge, network, lines },
})

/** The first one is there when the page opens. */
export const examples: readonly [Example, ...Example[]] = [
  example(
    'A first rule',
    'A machine that takes SSH and HTTPS, and nothing from one network.',
    firstRule,
    firstRuleJudge,
    [
      'tcp 192.0.2.7:40000 > 192.0.2.1:443 syn',
      'tcp 192.0.2.7:40000 > 192.0.2.1:23 syn',
      'tcp 203.0.113.9:5000 > 192.0.2.1:22 syn',
      'icmp 192.0.2.7 > 192.0.2.1 echo-request',
    ],
  ),
  example(
    'A queue and its judge',
    'New connections wait in queue 0 until the judge on the right has spoken.',
    queue,
    queueJudge,
    [
      'tcp 192.0.2.7:40000 > 10.0.0.5:443 syn',
      'tcp 192.0.2.7:40001 > 10.0.0.5:80 syn',
      'udp 192.0.2.7:40002 > 10.0.0.5:53',
    ],
  ),
  example(
    'Address translation',
    'Port 8080 of the machine is a server behind it, and those behind it share its address.',
    nat,
    natJudge,
    [
      'forward in eth0 out eth1 tcp 192.0.2.7:40000 > 192.0.2.1:8080 syn',
      'tcp 10.0.0.8:50000 > 192.0.2.7:443 syn',
      'tcp 192.0.2.7:40001 > 10.0.0.5:80 syn',
    ],
  ),
  example(
    'A set with timeouts',
    'Who knocks at the telnet port is banned for 30 seconds. Let time pass, and knock at another door.',
    timeouts,
    timeoutsJudge,
    [
      'tcp 192.0.2.7:40000 > 192.0.2.1:23 syn',
      'tcp 192.0.2.7:40001 > 192.0.2.1:80 syn',
      'tcp 203.0.113.9:5000 > 192.0.2.1:80 syn',
      'tcp 10.0.0.8:6000 > 192.0.2.1:22 syn',
    ],
  ),
  example(
    'Connection states',
    'Answers pass, other packets in the same direction do not. Send, then answer with "Reply".',
    states,
    statesJudge,
    [
      'tcp 10.0.0.8:50000 > 192.0.2.7:443 syn',
      'tcp 192.0.2.7:443 > 10.0.0.8:50000 syn ack',
      'tcp 192.0.2.7:443 > 10.0.0.8:50001 ack',
      'icmp 10.0.0.8 > 192.0.2.7 echo-request id 1',
    ],
  ),
]
