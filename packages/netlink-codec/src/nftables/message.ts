import { subsystem } from '../nfnetlink/constants.ts'
import { messageOf } from '../nfnetlink/family.ts'
import { nftChain } from './chain.ts'
import { nftFlowtable } from './flowtable.ts'
import { nftObject } from './object.ts'
import { nftCompat, nftRule } from './rule.ts'
import { nftElements, nftSet } from './set.ts'
import { nftGeneration, nftTable } from './table.ts'
import { nftTrace } from './trace.ts'

const { nftables } = subsystem

/** `NFT_MSG_*`: what is made and deleted in transactions, read outside of them. `destroy…` is of 6.3. */
export const nftMessage = {
  newTable: messageOf('NFT_MSG_NEWTABLE', nftables, 0, nftTable),
  getTable: messageOf('NFT_MSG_GETTABLE', nftables, 1, nftTable),
  deleteTable: messageOf('NFT_MSG_DELTABLE', nftables, 2, nftTable),
  newChain: messageOf('NFT_MSG_NEWCHAIN', nftables, 3, nftChain),
  getChain: messageOf('NFT_MSG_GETCHAIN', nftables, 4, nftChain),
  deleteChain: messageOf('NFT_MSG_DELCHAIN', nftables, 5, nftChain),
  newRule: messageOf('NFT_MSG_NEWRULE', nftables, 6, nftRule),
  getRule: messageOf('NFT_MSG_GETRULE', nftables, 7, nftRule),
  deleteRule: messageOf('NFT_MSG_DELRULE', nftables, 8, nftRule),
  newSet: messageOf('NFT_MSG_NEWSET', nftables, 9, nftSet),
  getSet: messageOf('NFT_MSG_GETSET', nftables, 10, nftSet),
  deleteSet: messageOf('NFT_MSG_DELSET', nftables, 11, nftSet),
  newElements: messageOf('NFT_MSG_NEWSETELEM', nftables, 12, nftElements),
  getElements: messageOf('NFT_MSG_GETSETELEM', nftables, 13, nftElements),
  deleteElements: messageOf('NFT_MSG_DELSETELEM', nftables, 14, nftElements),
  newGeneration: messageOf('NFT_MSG_NEWGEN', nftables, 15, nftGeneration),
  getGeneration: messageOf('NFT_MSG_GETGEN', nftables, 16, nftGeneration),
  trace: messageOf('NFT_MSG_TRACE', nftables, 17, nftTrace),
  newObject: messageOf('NFT_MSG_NEWOBJ', nftables, 18, nftObject),
  getObject: messageOf('NFT_MSG_GETOBJ', nftables, 19, nftObject),
  deleteObject: messageOf('NFT_MSG_DELOBJ', nftables, 20, nftObject),
  /** Reads objects and sets their counts to 0. */
  getObjectReset: messageOf('NFT_MSG_GETOBJ_RESET', nftables, 21, nftObject),
  newFlowtable: messageOf('NFT_MSG_NEWFLOWTABLE', nftables, 22, nftFlowtable),
  getFlowtable: messageOf('NFT_MSG_GETFLOWTABLE', nftables, 23, nftFlowtable),
  deleteFlowtable: messageOf('NFT_MSG_DELFLOWTABLE', nftables, 24, nftFlowtable),
  /** Reads rules and sets their counts to 0; of 6.2. */
  getRuleReset: messageOf('NFT_MSG_GETRULE_RESET', nftables, 25, nftRule),
  destroyTable: messageOf('NFT_MSG_DESTROYTABLE', nftables, 26, nftTable),
  destroyChain: messageOf('NFT_MSG_DESTROYCHAIN', nftables, 27, nftChain),
  destroyRule: messageOf('NFT_MSG_DESTROYRULE', nftables, 28, nftRule),
  destroySet: messageOf('NFT_MSG_DESTROYSET', nftables, 29, nftSet),
  destroyElements: messageOf('NFT_MSG_DESTROYSETELEM', nftables, 30, nftElements),
  destroyObject: messageOf('NFT_MSG_DESTROYOBJ', nftables, 31, nftObject),
  destroyFlowtable: messageOf('NFT_MSG_DESTROYFLOWTABLE', nftables, 32, nftFlowtable),
  /** Reads elements and sets their counts to 0; of 6.5. */
  getElementsReset: messageOf('NFT_MSG_GETSETELEM_RESET', nftables, 33, nftElements),
} as const

/** `NFNL_MSG_COMPAT_*`: what the kernel has of iptables' extensions. */
export const compatMessage = {
  get: messageOf('NFNL_MSG_COMPAT_GET', subsystem.nftCompat, 0, nftCompat),
} as const
