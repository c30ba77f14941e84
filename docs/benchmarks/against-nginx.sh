#!/usr/bin/env bash
# twinpath beside Debian's nginx, for the same wrk in the same client namespace, trials interleaved.
#
#   sudo docs/benchmarks/against-nginx.sh [-r ROUNDS] [-d SECONDS] [-c CONGESTION_CONTROL] [-o FILE.md]
#
# Three peers, one client:
#   nginx        sendfile on, open_file_cache on, access log off, one worker; over a veth pair
#   sendfile     ./twinpath, the kernel path, one event loop; over the same veth pair
#   userstack    ./twinpath, the user path, one event loop; over a TAP that lies in the client's namespace
#
# The TCP of both hosts and of the user stack uses the congestion control given, cubic unless
# told otherwise. A machine's default may be one that paces (bbr), and costs a sender on a lossless wire.
#
# Needs root (network namespaces), nginx, wrk and iproute2. Everything it makes lies in two network
# namespaces of its own and in a temporary folder, and is removed at the end. No packet leaves the machine.
set -euo pipefail

rounds=5 seconds=5 congestion=cubic out=''
while getopts r:d:c:o:h option; do
  case $option in
    r) rounds=$OPTARG ;;
    d) seconds=$OPTARG ;;
    c) congestion=$OPTARG ;;
    o) out=$OPTARG ;;
    *) sed -n '2,16s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
done

here=$(cd "$(dirname "$0")/../.." && pwd)
for command in ip nginx wrk curl taskset sysctl; do
  command -v "$command" >/dev/null || { echo "missing: $command (see the head of $0)" >&2; exit 1; }
done
((EUID == 0)) || { echo "must run as root, for network namespaces" >&2; exit 1; }

server=tpbs$$ client=tpbc$$ work=$(mktemp -d /tmp/twinpath-bench.XXXXXX)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  ip netns del "$client" 2>/dev/null || true
  ip netns del "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

# --- the hosts ---------------------------------------------------------------------------------
ip netns add "$server"
ip netns add "$client"
ip -n "$server" link set lo up
ip -n "$client" link set lo up
ip link add tpv0 netns "$server" type veth peer name tpv1 netns "$client"
ip -n "$server" addr add 10.99.1.1/24 dev tpv0
ip -n "$client" addr add 10.99.1.2/24 dev tpv1
ip -n "$server" link set tpv0 up
ip -n "$client" link set tpv1 up
for host in "$server" "$client"; do
  ip netns exec "$host" sysctl -qw net.ipv4.tcp_congestion_control="$congestion"
done

# --- the files ---------------------------------------------------------------------------------
mkdir "$work/www"
head -c 1024 /dev/urandom >"$work/www/1KiB.bin"
head -c 65536 /dev/urandom >"$work/www/64KiB.bin"
head -c 1048576 /dev/urandom >"$work/www/1MiB.bin"
head -c 1073741824 /dev/urandom >"$work/www/1GiB.bin"

# --- the peers, on CPU 0; the client has the rest ------------------------------------------------
cat >"$work/nginx.conf" <<EOF
worker_processes 1;
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.log;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  open_file_cache max=1000 inactive=60s;
  open_file_cache_valid 60s;
  types { application/octet-stream bin; }
  client_body_temp_path $work/body; proxy_temp_path $work/proxy; fastcgi_temp_path $work/fastcgi;
  uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
  server { listen 10.99.1.1:8000; root $work/www; }
}
EOF
chmod 755 "$work"
ip netns exec "$server" taskset -c 0 nginx -c "$work/nginx.conf" -e "$work/nginx.log" &
pids+=($!)

"$here/twinpath" --version >/dev/null # builds, if need be, before the clock runs
ip netns exec "$server" taskset -c 0 "$here/twinpath" serve "$work/www" --bind 10.99.1.1 --congestion-control "$congestion" \
  --http 8080 --ftp 2121 --admin 9090 --event-loops 1 --wire tap:tpbtap --address 10.99.2.2/24 \
  >"$work/twinpath.log" 2>&1 &
pids+=($!)
twinpath_pid=$!
for _ in $(seq 100); do
  ip -n "$server" link show tpbtap >/dev/null 2>&1 && break
  kill -0 "$twinpath_pid" || { cat "$work/twinpath.log" >&2; exit 1; }
  sleep 0.1
done
ip -n "$server" link set tpbtap netns "$client"
ip -n "$client" addr add 10.99.2.1/24 dev tpbtap
ip -n "$client" link set tpbtap up

declare -A url=(
  [nginx]=http://10.99.1.1:8000
  [sendfile]=http://10.99.1.1:8080
  [userstack]=http://10.99.2.2:8080
)
peers=(nginx sendfile userstack)
cpus=1
(($(nproc) > 2)) && cpus=1-$(($(nproc) - 1))

for peer in "${peers[@]}"; do # every peer serves the right bytes, before any is timed
  for _ in $(seq 100); do
    ip netns exec "$client" curl -sf -o "$work/got" "${url[$peer]}/1MiB.bin" && break
    sleep 0.1
  done
  cmp "$work/got" "$work/www/1MiB.bin" || { echo "$peer serves wrong bytes" >&2; exit 1; }
done

# --- the trials --------------------------------------------------------------------------------
# Prints "requests/s bytes/s p50us p99us errors" of one wrk run.
cat >"$work/report.lua" <<'EOF'
done = function(summary, latency, requests)
  local s = summary.duration / 1e6
  local e = summary.errors
  io.write(string.format("RESULT %.1f %.0f %.0f %.0f %d\n", summary.requests / s, summary.bytes / s,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
EOF
trial() { # peer file connections seconds
  ip netns exec "$client" taskset -c "$cpus" wrk -t1 -c"$3" -d"$4s" --timeout 30s -s "$work/report.lua" \
    "${url[$1]}/$2" | sed -n 's/^RESULT //p'
}
scenarios=(1KiB.bin:64 64KiB.bin:64 1MiB.bin:16 1GiB.bin:4)
results=$work/results
for scenario in "${scenarios[@]}"; do
  file=${scenario%:*} connections=${scenario#*:}
  for peer in "${peers[@]}"; do trial "$peer" "$file" "$connections" 3 >/dev/null; done # warm-up
  for round in $(seq "$rounds"); do
    for peer in $(shuf -e "${peers[@]}"); do
      echo "$file $connections $round $peer $(trial "$peer" "$file" "$connections" "$seconds")" | tee -a "$results" >&2
    done
  done
done

# --- the table ---------------------------------------------------------------------------------
report() {
  echo "| file | connections | peer | requests/s | MB/s | p50 us | p99 us | errors | ratio to nginx, median of rounds (min..max) |"
  echo "|---|---|---|---|---|---|---|---|---|"
  awk '
    function median(list, n,   a, i, j, t) {
      split(list, a, " ")
      for (i = 2; i <= n; i++) { t = a[i] + 0; for (j = i - 1; j >= 1 && a[j] + 0 > t; j--) a[j + 1] = a[j]; a[j + 1] = t }
      low = a[1]; high = a[n]
      return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
    }
    {
      key = $1 " " $4
      if (!(key in n)) { order[++keys] = key; connections[key] = $2 }
      n[key]++; rps[key] = rps[key] " " $5; bps[key] = bps[key] " " $6
      p50[key] = p50[key] " " $7; p99[key] = p99[key] " " $8; errors[key] += $9
      value[$1, $3, $4] = $6
      if ($3 > rounds) rounds = $3
    }
    END {
      for (k = 1; k <= keys; k++) {
        key = order[k]; split(key, part, " ")
        # wrk counts whole responses: for files that take seconds each, bytes are the finer figure.
        list = ""; for (r = 1; r <= rounds; r++) list = list " " value[part[1], r, part[2]] / value[part[1], r, "nginx"]
        ratio = median(list, rounds); lo = low; hi = high
        printf "| %s | %d | %s | %.0f | %.1f | %.0f | %.0f | %d | %.2f (%.2f..%.2f) |\n", part[1], connections[key], part[2],
          median(rps[key], n[key]), median(bps[key], n[key]) / 1e6, median(p50[key], n[key]), median(p99[key], n[key]),
          errors[key], ratio, lo, hi
      }
    }' "$results" | sort -t'|' -k2,2 -s
}
report
[[ -z $out ]] || report >"$out"
