/** Read the packets that Linux logs to user space: NFLOG groups, with the same view of a packet as a queue's. */

export {}
