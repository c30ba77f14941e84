#!/usr/bin/env bash
# What arrives of a long transfer over lossy and reordering paths: the kernel's CUBIC and ours, to the same kernel
# receiver through the same impaired wire. Prints a Markdown table; 3 trials of 12 seconds take about 10 minutes.
#
#   sudo docs/benchmarks/goodput.sh [-p] [-t TRIALS] [-d SECONDS] [-c CONGESTION_CONTROL] [-s SEED] [-v] [PATH...]
#
#   -p     at a raised scheduling priority (nice -20, an autogroup of its own), for a machine with other work
#   -v     tells of each trial on standard error
#   PATH   only paths whose names contain one of these, e.g. "rtt 20 ms"
#
# Needs root, Maven, a JDK 25 and ip (iproute2). All traffic stays in network namespaces that it makes and removes.
set -euo pipefail

raised=()
trials=3 seconds=12 congestion=cubic seed=1 verbose=false
while getopts pt:d:c:s:vh option; do
  case $option in
    p) raised=(setsid -w bash -c 'echo -20 >/proc/self/autogroup; exec nice -n -20 "$@"' raised) ;;
    t) trials=$OPTARG ;;
    d) seconds=$OPTARG ;;
    c) congestion=$OPTARG ;;
    s) seed=$OPTARG ;;
    v) verbose=true ;;
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
mvn -B -q -Dquick -Dstyle.color=never -pl userstack-path -am test-compile \
  dependency:build-classpath -DincludeScope=test -Dmdep.outputFile="$work/classpath" >&2

nic=$here/nic-offload-sim/target stack=$here/userstack-path/target
"${raised[@]}" "$java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Dverbose="$verbose" \
  -cp "$stack/test-classes:$stack/classes:$nic/test-classes:$nic/classes:$(cat "$work/classpath")" \
  dev.twinpath.userstack.goodput.GoodputGrid "$trials" "$seconds" "$congestion" "$seed" "$@"
