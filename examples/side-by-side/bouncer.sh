#!/bin/sh
# The same with nft: a process for each line, and a table that stays when the script is killed.
#   tail -F decisions.log | sh examples/side-by-side/bouncer.sh
set -u
nft -f - <<NFT || exit 1
table inet bouncer {
  set banned { type ipv4_addr; flags timeout; }
  chain input {
    type filter hook input priority filter; policy accept;
    ip saddr @banned counter drop
  }
}
NFT
trap 'nft delete table inet bouncer' EXIT
while read -r what address seconds; do
  case $what in
    ban) nft "add element inet bouncer banned { $address timeout ${seconds}s }" ;;
    lift) nft "delete element inet bouncer banned { $address }" ;;
    *) echo "neither ban nor lift: $what" >&2 ;;
  esac
done
