#!/bin/sh
# Node inside a network namespace of its own. Who is not root is root there.
[ "$(id -u)" = 0 ] || user=-Ur
exec unshare $user -n "$NFKIT_NODE" "$@"
