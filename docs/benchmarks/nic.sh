#!/usr/bin/env bash
# The simulated NIC's benchmarks: JMH for the device, and the memory wire between two processes. Prints
# Markdown tables; takes about four minutes.
#
#   docs/benchmarks/nic.sh [-p] [NAME...]
#
#   -p     at a raised scheduling priority (nice -20, an autogroup of its own), for a machine with other
#          work; needs root
#   NAME   only the benchmarks whose names match, e.g. Receive; without, all and the memory wire
#
# Needs Maven, a JDK 25, and /dev/shm. Sends nothing to any network.
set -euo pipefail

raised=()
while getopts ph option; do
  case $option in
    p) raised=(setsid -w bash -c 'echo -20 >/proc/self/autogroup; exec nice -n -20 "$@"' raised) ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
done
shift $((OPTIND - 1))

here=$(cd "$(dirname "$0")/../.." && pwd)
java=java
for home in "${JAVA25_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/*; do
  if [[ -n $home && -x $home/bin/java ]] &&
    "$home/bin/java" -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p' | grep -qxE '2[5-9]|[3-9][0-9]'; then
    java=$home/bin/java
    break
  fi
done

work=$(mktemp -d /tmp/twinpath-bench.XXXXXX)
trap 'rm -rf "$work"' EXIT
cd "$here"
mvn -B -q -Dquick -Dstyle.color=never -pl nic-offload-sim test-compile \
  dependency:build-classpath -DincludeScope=test -Dmdep.outputFile="$work/classpath" >&2

classes=$here/nic-offload-sim/target
"${raised[@]}" "$java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -Djmh.ignoreLock=true \
  -cp "$classes/test-classes:$classes/classes:$(cat "$work/classpath")" \
  dev.twinpath.nic.bench.NicBenchmarks "$@"
