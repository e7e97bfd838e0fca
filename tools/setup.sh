#!/bin/sh
# Bring a machine with Node to the point where everything here runs: system packages, npm packages, build.
#   npm run setup              what running and testing need
#   npm run setup -- --all     also what `.ci/run` needs: virtual machine and benchmark references
set -eu
cd "$(dirname "$0")/.."

native='g++ make python3 pkg-config libmnl-dev'
kernel='iproute2 iptables nftables conntrack iputils-ping'
tests='tcpdump tshark chromium python3-scapy'
extra='qemu-system-x86 busybox-static cpio kmod libnetfilter-queue-dev libnetfilter-conntrack-dev libuv1-dev iperf3 zsh fish g++-aarch64-linux-gnu qemu-user-static nats-server'
packages="$native $kernel $tests"
[ "${1:-}" = --all ] && packages="$packages $extra"

say() { printf 'setup: %s\n' "$*"; }

node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' || {
  say "Node 20.19 or newer is needed; this is $(node -v)"
  exit 1
}

missing=
if command -v dpkg-query >/dev/null 2>&1; then
  for package in $packages; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
  done
else
  say "this is no Debian system: install what corresponds to: $packages"
  say 'going on; what needs them says so when it is used'
fi

if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ]; then root=; elif command -v sudo >/dev/null 2>&1; then root=sudo; else root=none; fi
  if [ "$root" = none ]; then
    say "neither root nor sudo: ask for these packages:$missing"
  else
    say "installing$missing"
    # shellcheck disable=SC2086 # a list of words
    { $root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends $missing >/dev/null; } ||
      say "some packages could not be installed; going on without:$missing"
  fi
fi

# Its package would start it for the whole machine: unpacked it runs where a test says so.
unpacked=.cache/opensnitch
if [ "${1:-}" = --all ] && ! [ -x /usr/bin/opensnitchd ] && ! [ -x $unpacked/usr/bin/opensnitchd ] && command -v apt-get >/dev/null 2>&1; then
  say 'unpacking opensnitch'
  mkdir -p $unpacked
  (cd $unpacked && apt-get download -qq opensnitch && dpkg -x opensnitch_*.deb .) || say 'going on without opensnitch'
fi

say 'installing npm packages'
npm ci --no-audit --no-fund --loglevel=error
say 'building'
npm run --silent build -- --output-logs=errors-only
npm run --silent build:native --workspace @nfkit/mnl-native || say 'the native transport was not built; the simulator works without it'
say 'done: npm start runs the main job, npm test all tests'
