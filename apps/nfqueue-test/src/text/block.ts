import { printable } from '@nfkit/netlink-codec'

/** Lines with tabs in front, as a terminal can show them. */
export const printableBlock = (text: string): string => text.replace(/[^\n\t]+/g, printable)
