#!/bin/sh
# twice.sh COMMAND...: runs the command, and once more if it fails; then the second run counts.
#
# Under Wine 8, where threads end after their calls, a call on another thread now and then gets its answer only after a time-out
# (docs/windows.md). A test that counts requests, or wants an order, sees that. It is rare, so it hardly happens twice to one test.
set -u

"$@" && exit 0
echo "---- it failed under Wine, which can be Wine's fault: once more" >&2
exec "$@"
