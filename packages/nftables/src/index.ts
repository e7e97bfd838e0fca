/** Typed nf_tables rules for Linux: tables, chains, sets and rules as plain values, one atomic commit, tables that the kernel takes back. */

export {}
