#!/usr/bin/env bash
# A real Ceph (1 monitor, 1 manager, 3 OSDs) and a real Redis Cluster (3 masters) on this machine's loopback addresses,
# for the tests of both and for trying them out. Installs the Debian packages that are missing. About 600 MB of memory.
# Usage: cluster.sh up [ceph|redis]      starts both, or one; prints what to set to use them
#        cluster.sh status               tells what runs
#        cluster.sh test [ceph|redis]    builds into build-cluster/ and runs the tests that need them, then takes down
#                                        what it started itself
#        cluster.sh down                 ends all that it started, and removes its data
# State: build/cluster, or the folder that LOCKET_CLUSTER names. Ports from LOCKET_CLUSTER_PORT on [17000].
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dir=$(realpath -m "${LOCKET_CLUSTER:-build/cluster}")
port=${LOCKET_CLUSTER_PORT:-17000}
pool=thumbnails
export CEPH_CONF=$dir/ceph.conf
masters="$port $((port + 1)) $((port + 2))"

usage() {
  echo "usage: $0 up [ceph|redis] | status | test [ceph|redis] | down" >&2
  exit 2
}

is_alive() {  # PID-FILE
  [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null
}

wait_for() {  # WHAT SECONDS COMMAND...
  local what=$1 until=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $until ] || { echo "$what did not come up; see $dir" >&2; exit 1; }
    sleep 0.2
  done
}

# Counters are never evicted, and what was acknowledged is on the disk: a server that dies forgets no call.
write_redis_conf() {  # PORT
  cat >"$dir/redis-$1/redis.conf" <<CONF
port $1
bind 127.0.0.1
dir "$dir/redis-$1"
daemonize yes
pidfile "$dir/redis-$1/pid"
logfile "$dir/redis-$1/log"
cluster-enabled yes
cluster-config-file nodes.conf
cluster-node-timeout 2000
cluster-require-full-coverage no
appendonly yes
appendfsync always
save ""
maxmemory 64mb
maxmemory-policy noeviction
CONF
}

start_redis() {  # PORT
  mkdir -p "$dir/redis-$1"
  write_redis_conf "$1"
  redis-server "$dir/redis-$1/redis.conf" >/dev/null
}

redis_is_made() {
  redis-cli -p "$port" cluster info | grep -q 'cluster_slots_assigned:16384'
}

# Each master finds out by itself, and refuses calls until then.
redis_is_whole() {
  local p
  for p in $masters; do
    redis-cli -p "$p" cluster info | grep -q 'cluster_state:ok' || return 1
  done
}

up_redis() {
  tools/install_packages.sh redis
  local p
  for p in $masters; do
    is_alive "$dir/redis-$p/pid" || start_redis "$p"
    wait_for "redis-server on port $p" 60 redis-cli -p "$p" ping
  done
  if ! redis_is_made; then
    # shellcheck disable=SC2046
    redis-cli --cluster create $(printf '127.0.0.1:%s ' $masters) --cluster-yes >"$dir/redis-create.log"
  fi
  wait_for "the Redis Cluster" 60 redis_is_whole
  echo "Redis Cluster: 127.0.0.1:$port    locket serve --limiter redis:127.0.0.1:$port"
}

write_ceph_conf() {
  cat >"$CEPH_CONF" <<CONF
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon_host = 127.0.0.1:$((port + 100))
mon_initial_members = a
# Loopback only, for tests: nobody has to prove who they are.
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_ipv4 = true
# Each picture three times, acknowledged once two disks have it.
osd_pool_default_size = 3
osd_pool_default_min_size = 2
osd_pool_default_pg_num = 16
osd_pool_default_pg_autoscale_mode = off
# One machine plays three hosts; a dead OSD is noticed by its neighbours' heartbeats.
osd_crush_chooseleaf_type = 1
osd_crush_update_on_start = false
osd_heartbeat_interval = 2
osd_memory_target = 939524096
bluestore_cache_autotune = false
bluestore_cache_size = 67108864
bluestore_block_size = 4294967296
run_dir = $dir
admin_socket =
log_file = $dir/\$name.log
mon_data = $dir/mon.\$id
osd_data = $dir/osd.\$id
mgr_data = $dir/mgr.\$id
pid_file = $dir/\$name.pid
keyring = $dir/keyring
mgr_initial_modules =
mon_warn_on_insecure_global_id_reclaim = false
mon_warn_on_pool_no_redundancy = false
CONF
}

make_monitor() {
  write_ceph_conf
  ceph-authtool --create-keyring "$dir/keyring" --gen-key -n mon. --cap mon 'allow *' >/dev/null
  ceph-authtool "$dir/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  monmaptool --create --fsid "$(sed -n 's/^fsid = //p' "$CEPH_CONF")" --add a "127.0.0.1:$((port + 100))" \
    "$dir/monmap" >/dev/null
  mkdir -p "$dir/mon.a" "$dir/mgr.x"
  ceph-mon --mkfs -i a --monmap "$dir/monmap" --keyring "$dir/keyring"
}

start_osd() {  # NUMBER
  ceph-osd -i "$1" >/dev/null 2>&1
}

make_osd() {  # NUMBER
  local uuid
  uuid=$(cat /proc/sys/kernel/random/uuid)
  mkdir -p "$dir/osd.$1"
  ceph osd new "$uuid" "$1" >/dev/null
  ceph-osd -i "$1" --mkfs --osd-uuid "$uuid" >/dev/null 2>&1
  ceph osd crush add "osd.$1" 1.0 root=default "host=host$1" >/dev/null 2>&1
}

ceph_is_whole() {
  ceph pg stat 2>/dev/null | grep -Eq '^[1-9][0-9]* pgs: [0-9]+ active\+clean;'
}

up_ceph() {
  tools/install_packages.sh ceph
  local made=no i
  if [ ! -f "$CEPH_CONF" ]; then
    made=yes
    make_monitor
  fi
  is_alive "$dir/mon.a.pid" || ceph-mon -i a --public-addr "127.0.0.1:$((port + 100))"
  wait_for "the monitor" 20 ceph -s --connect-timeout 2
  is_alive "$dir/mgr.x.pid" || ceph-mgr -i x
  for i in 0 1 2; do
    [ -e "$dir/osd.$i/ready" ] || [ -e "$dir/osd.$i/whoami" ] || make_osd "$i"
    is_alive "$dir/osd.$i.pid" || start_osd "$i"
  done
  [ $made = no ] || ceph osd pool create $pool 16 >/dev/null 2>&1
  ceph osd pool application enable $pool locket >/dev/null 2>&1 || true
  wait_for "Ceph" 120 ceph_is_whole
  echo "Ceph: export CEPH_CONF=$CEPH_CONF    locket stats --store rados:$pool"
}

up() {
  mkdir -p "$dir"
  case ${1-both} in
    redis) up_redis ;;
    ceph) up_ceph ;;
    both) up_redis && up_ceph ;;
    *) usage ;;
  esac
}

status() {
  local file
  for file in "$dir"/redis-*/pid "$dir"/*.pid; do
    [ -e "$file" ] || continue
    printf '%s ' "${file#"$dir"/}"
    if is_alive "$file"; then echo "runs as $(cat "$file")"; else echo "does not run"; fi
  done
  if is_alive "$dir/redis-$port/pid"; then redis-cli -p "$port" cluster info | head -1; fi
  if is_alive "$dir/mon.a.pid"; then ceph -s --connect-timeout 5; fi
}

down() {
  local file pids=()
  for file in "$dir"/redis-*/pid "$dir"/osd.*.pid "$dir"/mgr.*.pid "$dir"/mon.*.pid; do
    if [ -e "$file" ] && is_alive "$file"; then pids+=("$(cat "$file")"); fi
  done
  if [ ${#pids[@]} -gt 0 ]; then
    kill "${pids[@]}" 2>/dev/null || true
    for _ in $(seq 50); do
      kill -0 "${pids[@]}" 2>/dev/null || break
      sleep 0.2
    done
    kill -9 "${pids[@]}" 2>/dev/null || true
  fi
  rm -rf "$dir"
}

run_tests() {
  local what=${1-both} features=() suites=() targets=() started=no
  case $what in
    redis) features=(-Dredis=enabled) suites=(redis) targets=(tests/redis/redis-test) ;;
    ceph) features=(-Drados=enabled) suites=(rados rados-faults) ;;  # front-ends need both
    both) features=(-Dredis=enabled -Drados=enabled) suites=(redis rados rados-faults rados-front-ends) ;;
    *) usage ;;
  esac
  tools/install_packages.sh test
  [ -e "$dir" ] || started=yes
  up "$@"
  if [ $started = yes ]; then trap down EXIT; fi
  [ -f build-cluster/build.ninja ] || meson setup build-cluster --buildtype=debugoptimized </dev/null
  meson configure build-cluster "${features[@]}"
  [ "$what" = redis ] || targets+=(tests/rados/rados-test tests/rados/rados-faults-test tools/locket/locket)
  [ "$what" != both ] || targets+=(tests/redis/redis-test)
  ninja -C build-cluster "${targets[@]}"
  export LOCKET_CLUSTER=$dir LOCKET_TEST_REDIS=127.0.0.1:$port LOCKET_TEST_POOL=$pool
  meson test -C build-cluster --no-rebuild --print-errorlogs "${suites[@]}" </dev/null
}

case ${1-} in
  up) shift; up "$@" ;;
  status) status ;;
  down) down ;;
  test) shift; run_tests "$@" ;;
  *) usage ;;
esac
