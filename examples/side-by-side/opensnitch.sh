#!/bin/sh
# One rule of OpenSnitch: a program is refused, all others pass. The daemon makes its rules of iptables by itself.
#   sh examples/side-by-side/opensnitch.sh /usr/bin/curl
set -eu
rules=$(mktemp -d)
cat > "$rules/refused.json" <<JSON
{
  "name": "refused", "enabled": true, "precedence": true, "action": "deny", "duration": "always",
  "created": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z",
  "operator": { "type": "simple", "operand": "process.path", "sensitive": false, "data": "$1", "list": [] }
}
JSON
exec opensnitchd -process-monitor-method proc -queue-num 0 -rules-path "$rules" -no-live-reload
