#!/bin/sh
# Record demo.pcap: two network namespaces of our own, joined by a veth pair, and tcpdump on the server's end.
# Needs root, iproute2, ethtool, ping, tcpdump and node. Then `node directions.mjs demo.pcap demo.pcapng`.
set -eu
cd "$(dirname "$0")"
client=demo-client-$$ server=demo-server-$$
trap 'kill $server_pid $tcpdump_pid 2>/dev/null; ip netns del $client; ip netns del $server' EXIT
ip netns add $client
ip netns add $server
ip -n $client link add eth0 address 02:00:00:00:00:0a type veth peer name eth0 address 02:00:00:00:00:01 netns $server
for ns in $client $server; do
  ip netns exec $ns ethtool -K eth0 tx off tso off gso off gro off >/dev/null
  ip netns exec $ns sysctl -qw net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.router_solicitations=0
  ip -n $ns link set lo up
  ip -n $ns link set eth0 up
done
ip -n $client addr add 192.0.2.10/24 dev eth0
ip -n $server addr add 192.0.2.1/24 dev eth0
ip -n $client -6 addr add 2001:db8:1::10/64 dev eth0 nodad
ip -n $server -6 addr add 2001:db8:1::1/64 dev eth0 nodad
for address in 198.51.100.53/32 198.51.100.80/32; do ip -n $server addr add $address dev lo; done
for address in 2001:db8:2::53/128 2001:db8:2::80/128; do ip -n $server -6 addr add $address dev lo; done
ip -n $client route add 198.51.100.0/24 via 192.0.2.1
ip -n $client -6 route add 2001:db8:2::/64 via 2001:db8:1::1
sleep 3 # multicast listener reports
ip netns exec $server node traffic.mjs serve & server_pid=$!
ip netns exec $server tcpdump -q -i eth0 -s 0 --time-stamp-precision nano -U -w demo.pcap & tcpdump_pid=$!
sleep 1
ip netns exec $client ping -q -c 2 -i 0.2 198.51.100.80
ip netns exec $client ping -q -c 2 -i 0.2 2001:db8:2::80
ip netns exec $client node traffic.mjs ask
sleep 1
