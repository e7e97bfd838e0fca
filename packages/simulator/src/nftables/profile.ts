/** How kernels differ in nf_tables. */
export interface NftablesProfile {
  /** Tables that outlive their owner (6.9). */
  readonly persists: boolean
  /** Messages that delete what need not be there: `NFT_MSG_DESTROY*` (6.3). */
  readonly destroys: boolean
  /** `NFT_MSG_GETRULE_RESET` (6.2). */
  readonly resetsRules: boolean
  /** `NFT_MSG_GETSETELEM_RESET` (6.5). */
  readonly resetsElements: boolean
  /** BEGIN and END of a batch are acknowledged when they ask for it (6.10). */
  readonly acknowledgesEnds: boolean
  /** Flags the kernel does not know are refused by the attribute policy: EINVAL, with the place (7.2); EOPNOTSUPP before. */
  readonly flagsInPolicy: boolean
  /** A base chain that exists at another hook or priority is refused with EOPNOTSUPP; with EEXIST and the place before 6.12. */
  readonly differingHookUnsupported: boolean
  /** An element that is added again gets the timeout it is added with (6.12). */
  readonly renewsElements: boolean
  /** A register that no expression of the rule has written is refused (6.12). */
  readonly checksRegisters: boolean
  /** What a verdict leads to is looked at where it is put in, and the verdict is blamed (before 6.12); else at the end of a transaction. */
  readonly looksAhead: boolean
  /** A table cannot fall asleep or wake up behind a change of a chain, in one transaction (after 6.1). */
  readonly changesBindTables: boolean
  /** `and`, `or` and `xor` of two registers (6.13). */
  readonly registerBits: boolean
  /** Events of deletions name what is gone, and tell nothing else of it (6.5). */
  readonly namesDeleted: boolean
  /** Events of elements have the sequence number of who asked; 0 since some kernel before 6.18. */
  readonly numbersElements: boolean
  /** Elements that packets add tell their timeout, also one that is their set's own (before 6.12). */
  readonly tellsSetTimeouts: boolean
  /** CONFIG_NFT_QUEUE. */
  readonly queue: boolean
  /** The end of a chain is traced as a rule is (after 6.1). */
  readonly tracesEnds: boolean
  /** Traces tell of the connection (6.16). */
  readonly tracesConnections: boolean
  /** Messages of elements blame the name of a set that is not there (after 6.1). */
  readonly blamesSets: boolean
}

export const nftables61: NftablesProfile = {
  persists: false,
  destroys: false,
  resetsRules: false,
  resetsElements: false,
  acknowledgesEnds: false,
  flagsInPolicy: false,
  differingHookUnsupported: false,
  renewsElements: false,
  checksRegisters: false,
  looksAhead: true,
  changesBindTables: false,
  registerBits: false,
  namesDeleted: false,
  numbersElements: true,
  tellsSetTimeouts: true,
  queue: true,
  tracesEnds: false,
  tracesConnections: false,
  blamesSets: false,
}

export const nftables612: NftablesProfile = {
  ...nftables61,
  persists: true,
  destroys: true,
  resetsRules: true,
  resetsElements: true,
  acknowledgesEnds: true,
  differingHookUnsupported: true,
  renewsElements: true,
  tellsSetTimeouts: false,
  checksRegisters: true,
  looksAhead: false,
  changesBindTables: true,
  tracesEnds: true,
  blamesSets: true,
  namesDeleted: true,
}

export const nftables618: NftablesProfile = {
  ...nftables612,
  registerBits: true,
  tracesConnections: true,
  numbersElements: false,
  queue: false,
}

export const nftables72: NftablesProfile = { ...nftables618, flagsInPolicy: true, queue: true }
