import type { Reading } from '../netlink/decode.ts'

/** A refusal of the kernel, as strace prints it. */
const example = `sendmsg(3, {msg_name={sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, msg_namelen=12, msg_iov=[{iov_base=[[{nlmsg_len=20, nlmsg_type=NFNL_MSG_BATCH_BEGIN, nlmsg_flags=NLM_F_REQUEST, nlmsg_seq=0, nlmsg_pid=0}, {nfgen_family=AF_UNSPEC, version=NFNETLINK_V0, res_id=htons(10)}], [{nlmsg_len=48, nlmsg_type=NFNL_SUBSYS_NFTABLES<<8|NFT_MSG_NEWCHAIN, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK|NLM_F_CREATE, nlmsg_seq=1, nlmsg_pid=0}, {nfgen_family=AF_UNIX, version=NFNETLINK_V0, res_id=htons(0)}, [[{nla_len=7, nla_type=0x1}, "\\x66\\x77\\x00"], [{nla_len=10, nla_type=0x3}, "\\x69\\x6e\\x70\\x75\\x74\\x00"], [{nla_len=8, nla_type=0x5}, "\\x00\\x00\\x00\\x01"]]], [{nlmsg_len=20, nlmsg_type=NFNL_MSG_BATCH_END, nlmsg_flags=NLM_F_REQUEST, nlmsg_seq=2, nlmsg_pid=0}, {nfgen_family=AF_UNSPEC, version=NFNETLINK_V0, res_id=htons(10)}]], iov_len=88}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0) = 88
recvmsg(3, {msg_name={sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, msg_namelen=12, msg_iov=[{iov_base=[{nlmsg_len=36, nlmsg_type=NLMSG_ERROR, nlmsg_flags=NLM_F_CAPPED, nlmsg_seq=1, nlmsg_pid=412}, {error=-ENOENT, msg={nlmsg_len=48, nlmsg_type=NFNL_SUBSYS_NFTABLES<<8|NFT_MSG_NEWCHAIN, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK|NLM_F_CREATE, nlmsg_seq=1, nlmsg_pid=0}}], iov_len=69631}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0) = 36
`

/** Reads netlink messages from what a visitor pastes. Its code is loaded with the first text. */
export class Reader {
  text = ''
  reading: Reading | undefined
  readonly #changed: () => void

  constructor(changed: () => void) {
    this.#changed = changed
  }

  example(): void {
    this.paste(example)
  }

  paste(text: string): void {
    this.text = text
    this.reading = undefined
    this.#changed()
    if (text.trim() !== '') void this.#read(text)
  }

  async #read(text: string): Promise<void> {
    const { read } = await import('../netlink/decode.ts')
    if (text !== this.text) return
    this.reading = read(text)
    this.#changed()
  }
}
