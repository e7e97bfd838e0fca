/** Message types by their names in RFC 792, 4443 and 4861, as far as they are common. */
const names = {
  4: new Map([
    [0, 'echo reply'],
    [3, 'destination unreachable'],
    [5, 'redirect'],
    [8, 'echo request'],
    [11, 'time exceeded'],
    [12, 'parameter problem'],
    [13, 'timestamp'],
    [14, 'timestamp reply'],
  ]),
  6: new Map([
    [1, 'destination unreachable'],
    [2, 'packet too big'],
    [3, 'time exceeded'],
    [4, 'parameter problem'],
    [128, 'echo request'],
    [129, 'echo reply'],
    [133, 'router solicitation'],
    [134, 'router advertisement'],
    [135, 'neighbor solicitation'],
    [136, 'neighbor advertisement'],
    [137, 'redirect'],
  ]),
}

/** `echo request`; `type 200` for a number without a name here. */
export function icmpType(version: 4 | 6, type: number): string {
  return names[version].get(type) ?? `type ${type}`
}
