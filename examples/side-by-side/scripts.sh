#!/bin/sh
# The same with nft and conntrack. What they print is read again by awk.
#   sh examples/side-by-side/scripts.sh 192.0.2.7
set -eu
nft -f - <<NFT
table inet banished {
  set hosts { type ipv4_addr; }
  chain input {
    type filter hook input priority filter;
  }
}
flush chain inet banished input
add rule inet banished input ip saddr @hosts drop
add element inet banished hosts { $1 }
NFT
conntrack -L -s "$1" 2>/dev/null |
  awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^dport=/) { sub("dport=", "", $i); n[$i]++; break } }
       END { for (port in n) print port, n[port] }'
conntrack -D -s "$1" >/dev/null 2>&1 || true
