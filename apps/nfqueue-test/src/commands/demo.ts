import { Command } from 'commander'

export function demoCommand(): Command {
  return new Command('demo').description('packets of a capture on a simulated kernel, without root')
}
