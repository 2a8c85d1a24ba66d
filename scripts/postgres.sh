#!/usr/bin/env bash
# A private PostgreSQL for the tests, on a free loopback port, in a folder that
# is thrown away.
#
#   postgres.sh start FILE   starts one; writes to FILE its folder and its URL, a line each
#   postgres.sh programs     prints where its programs are
#   postgres.sh stop FILE    stops the one of FILE, by its own process id, and removes the folder
#
# It does not wait for the disk (fsync=off): what a power cut leaves behind is
# tested elsewhere, and these databases live for minutes.
set -euo pipefail

# programs prints the folder of the newest PostgreSQL that has all we need.
programs() {
	local dir
	while read -r dir; do
		if [[ -x $dir/initdb && -x $dir/postgres && -x $dir/pg_isready && -x $dir/createdb ]]; then
			echo "$dir"
			return
		fi
	done < <(
		compgen -G '/usr/lib/postgresql/*/bin' | sort -rV
		dirname "$(readlink -f "$(command -v postgres || echo /nowhere)")"
	)
	echo "PostgreSQL is not installed: run scripts/need.sh" >&2
	return 1
}

# as runs a command as a user PostgreSQL accepts: it refuses to run as root.
as() {
	if [[ $(id -u) -eq 0 ]]; then
		(cd / && runuser -u postgres -- "$@")
	else
		"$@"
	fi
}

free_port() {
	local port
	for _ in $(seq 50); do
		port=$((20000 + RANDOM % 12000)) # below the ports the system gives to clients
		if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
			echo "$port"
			return
		fi
	done
	echo "found no free port" >&2
	return 1
}

# launch starts the server and waits until it answers; it fails when it does not.
launch() {
	local bin=$1 dir=$2 port=$3
	as "$bin/postgres" -D "$dir/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
		-c fsync=off -c full_page_writes=off -c synchronous_commit=off \
		-c max_connections=300 -c shared_buffers=128MB -c log_min_messages=fatal \
		>"$dir/log" 2>&1 </dev/null &
	local server=$!
	for _ in $(seq 150); do
		if "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; then
			return 0
		fi
		kill -0 "$server" 2>/dev/null || return 1
		sleep 0.2
	done
	halt "$dir"
	return 1
}

# halt ends the server of a folder and waits until it is gone.
halt() {
	local pid
	pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null || true)
	if [[ -z $pid ]]; then
		return 0
	fi
	kill -INT "$pid" 2>/dev/null || true
	for _ in $(seq 100); do
		kill -0 "$pid" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -KILL "$pid" 2>/dev/null || true
}

start() {
	local file=$1 bin dir port
	bin=$(programs)
	dir=$(mktemp -d /tmp/korzo-postgres.XXXXXX)
	if [[ $(id -u) -eq 0 ]]; then
		chown postgres "$dir"
	fi
	printf '%s\n' "$dir" >"$file"
	as "$bin/initdb" -D "$dir/data" -U korzo --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null
	for _ in 1 2 3; do
		port=$(free_port)
		if launch "$bin" "$dir" "$port"; then
			"$bin/createdb" -h 127.0.0.1 -p "$port" -U korzo korzo
			printf '%s\n%s\n' "$dir" "postgres://korzo@127.0.0.1:$port/korzo?sslmode=disable" >"$file"
			return
		fi
	done
	cat "$dir/log" >&2
	return 1
}

stop() {
	local dir
	dir=$(head -n 1 "$1" 2>/dev/null || true)
	case $dir in
	/tmp/korzo-postgres.*)
		halt "$dir"
		rm -rf "$dir"
		;;
	esac
}

case ${1:-} in
programs) programs ;;
start | stop) "$1" "${2:?name a file}" ;;
*)
	echo "usage: postgres.sh start|stop FILE, or programs" >&2
	exit 2
	;;
esac
