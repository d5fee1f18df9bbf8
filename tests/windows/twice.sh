#!/bin/sh
# twice.sh COMMAND...: runs the command, and once more if it fails; then the second run counts.
#
# When a thread ends, Wine 8 cancels what it has begun to wait for, and now and then loses it. A call on another thread then goes on only
# when a time-out has passed, and a test that counts requests, or wants an order, sees that. It is rare, so it does not happen twice to
# one test. Windows itself does not cancel what belongs to a completion port.
set -u

"$@" && exit 0
echo "---- it failed under Wine, which can be Wine's fault: once more" >&2
exec "$@"
