#!/bin/sh
# Builds the images of docker/, starts docker/compose.yaml with podman, and looks at it from outside: both timelines
# by hostname through nginx over TLS, each with its own events, nothing running as root, no token in sight.
#   sh tests/docker.sh
# Needs root (asks sudo). DOCKER_TEST_PORT: the port on 127.0.0.1 (default 18443). Everything started is stopped and
# removed; the images of the last run stay in podman's storage, so that the next one builds faster.
# The base image is made on this machine with mmdebstrap, cut down as the official slim image is, unless it is there.
set -eu
cd "$(dirname "$0")/.."
. nginx/packages.sh
[ "$(id -u)" -eq 0 ] || exec sudo -- env ${DOCKER_TEST_PORT:+DOCKER_TEST_PORT=$DOCKER_TEST_PORT} sh "$0"

PACKAGES_DOCKER="podman podman-compose runc mmdebstrap containernetworking-plugins iptables curl|@curl git|@git
  openssl|@openssl jq|@jq"
BASE=docker.io/library/debian:bookworm-slim
port=${DOCKER_TEST_PORT:-18443}
project=tideline-test-$$
passed=0
failed=0

say() { printf '%s\n' "$*" >&2; }

# check "what must hold" COMMAND…
check() {
    what=$1
    shift
    if "$@" >"$work/check.log" 2>&1; then
        passed=$((passed + 1))
        say "ok    $what"
    else
        failed=$((failed + 1))
        say "FAIL  $what"
        tail -n 20 "$work/check.log" >&2
    fi
}

refuse() { ! "$@"; }
equal() { [ "$1" = "$2" ] || { echo "\"$1\" is not \"$2\""; return 1; }; }

compose() {
    podman-compose --podman-build-args "--network=host --pull=never" -f docker/compose.yaml -p "$project" "$@" </dev/null
}

container() { echo "${project}_$1_1"; }
inside() {
    service=$1
    shift
    podman exec "$(container "$service")" "$@" </dev/null
}

# page NAME PATH: what a browser gets from NAME.localhost.
page() {
    curl -sS --noproxy '*' --max-time 20 --cacert "$TIDELINE_LOCAL/tls/server.pem" \
        --resolve "$1.localhost:$port:127.0.0.1" "https://$1.localhost:$port$2"
}
shows() { page "$1" "$2" | grep -q -- "$3"; }

wait_for() {
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 150 ] || return 1
        sleep 0.2
    done
}

stop_all() {
    trap - EXIT INT TERM
    compose down -v -t 20 >/dev/null 2>&1 || true
    for each in us brazil front default; do
        podman network rm "${project}_$each" >/dev/null 2>&1 || true
    done
    rm -rf "$work"
}

make_base_image() {
    podman image exists "$BASE" && return 0
    say "Making $BASE with mmdebstrap …"
    mmdebstrap --quiet --variant=minbase --include=ca-certificates --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-include=/usr/share/doc/*/copyright' bookworm "$work/base.tar"
    podman import --quiet "$work/base.tar" "$BASE" >/dev/null
    rm "$work/base.tar"
}

# crun, podman's first choice, refuses the cgroups of some virtual machines, where the limits may not be raised either.
configure_podman() {
    cat >"$work/containers.conf" <<END
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
END
    export CONTAINERS_CONF="$work/containers.conf" BUILDAH_ISOLATION=chroot BUILDAH_FORMAT=docker
}

# The samples, with a token that can be looked for, and one timeline that pulls only when it is told to.
prepare() {
    export TIDELINE_LOCAL="$work/local" TIDELINE_TIMELINES="$work/timelines" TIDELINE_PORT="$port"
    export TIDELINE_IMAGE="localhost/tideline-test"
    US_TOKEN=canary-us-$$ BRAZIL_TOKEN=canary-brazil-$$ sh docker/prepare.sh "$TIDELINE_LOCAL"
    cp -r docker/timelines "$TIDELINE_TIMELINES"
    echo AUTO_PULL_ON_START=false >>"$TIDELINE_TIMELINES/us.env"
}

our_images() { podman images --quiet 'localhost/tideline-test*' | sort -u; }

# The stage that compiles gets a name as well, so that of each run only what the next one can use is kept.
build_images() {
    our_images >"$work/images.old"
    podman build --network=host --pull=never --target build --tag "$TIDELINE_IMAGE-build" -f docker/Dockerfile . &&
        compose build || return 1
    our_images >"$work/images.new"
    comm -23 "$work/images.old" "$work/images.new" | xargs -r podman rmi || true
}

show_sizes() {
    for each in tideline-test tideline-test-nginx; do
        say "      $(podman images --format '{{.Repository}} {{.Size}}' "localhost/$each") (of it the base $(podman images \
            --format '{{.Size}}' "$BASE"))"
    done
}

check_confinement() {
    for each in timeline-us:10001 timeline-brazil:10001 nginx:10002; do
        service=${each%:*}
        status=$(inside "$service" cat /proc/1/status)
        uids=$(inside "$service" sh -c 'cat /proc/[0-9]*/status' 2>/dev/null | sed -n 's/^Uid:[[:space:]]*//p' | tr '\t' '\n' | sort -u)
        check "$service: every process is user ${each#*:}" equal "$uids" "${each#*:}"
        check "$service: holds no capability and can gain none" equal "$(echo "$status" |
            sed -n 's/^\(CapEff\|CapBnd\|NoNewPrivs\):[[:space:]]*//p' | tr '\n' ' ')" \
            "0000000000000000 0000000000000000 1 "
        check "$service: cannot write outside its volumes" refuse inside "$service" touch /usr/share/x /etc/x /run/x
        check "$service: healthy" podman healthcheck run "$(container "$service")"
    done
}

check_pulls() {
    inside timeline-us tideline --json git-pull >"$work/us.json" 2>"$work/us.err" || cat "$work/us.err" >&2
    check "timeline-us: git-pull imports its 6 events" equal "$(jq -c '[.success,.imported]' "$work/us.json")" "[true,6]"
    check "timeline-brazil: pulled its 5 events when it started" \
        wait_for shows brazil /events 'Constitui'
    inside timeline-brazil tideline --json git-pull >"$work/brazil.json" 2>"$work/brazil.err" ||
        cat "$work/brazil.err" >&2
    check "timeline-brazil: a second pull has nothing to do" equal \
        "$(jq -c '[.success,.imported,.unchanged]' "$work/brazil.json")" "[true,0,5]"
}

# The first admin is made in the timeline's container, and then signs in through nginx.
sign_in() {
    curl -sS --noproxy '*' --max-time 20 --cacert "$TIDELINE_LOCAL/tls/server.pem" -o /dev/null -w '%{http_code}' \
        --resolve "$1.localhost:$port:127.0.0.1" -H "Origin: https://$1.localhost:$port" -d name=ada --data-urlencode "password=$2" \
        "https://$1.localhost:$port/login"
}
check_accounts() {
    printf '%s\n' "a password of four words" | podman exec -i "$(container timeline-us)" \
        tideline user add ada --role admin --password-stdin >"$work/us.user" 2>&1 || cat "$work/us.user" >&2
    check "timeline-us: the first admin signs in" equal "$(sign_in us "a password of four words")" 303
    check "timeline-us: not with another password" equal "$(sign_in us "another password")" 401
    check "timeline-brazil: not into the other timeline" equal "$(sign_in brazil "a password of four words")" 401
}

check_pages() {
    for path in / /events; do
        page us $path >"$work/us$(echo $path | tr / -).html"
        page brazil $path >"$work/brazil$(echo $path | tr / -).html"
    done
    check "us.localhost shows its own name" grep -q 'United States (sample)' "$work/us-.html"
    check "brazil.localhost shows its own name" grep -q 'Brasil (sample)' "$work/brazil-.html"
    check "us.localhost shows its own events" grep -q 'Inspector General' "$work/us-events.html"
    check "brazil.localhost shows its own events" grep -q 'Ficha Limpa' "$work/brazil-events.html"
    check "us.localhost shows nothing of Brazil's" refuse grep -qi 'Brasil\|Ficha Limpa' "$work/us-.html" "$work/us-events.html"
    check "brazil.localhost shows nothing of the United States'" refuse grep -qi 'United States\|Inspector General' \
        "$work/brazil-.html" "$work/brazil-events.html"
    check "another hostname gets no page" refuse page other /
    check "the stylesheet comes" shows us /static/style.css color
}

check_secrets() {
    for each in timeline-us timeline-brazil nginx; do
        podman logs "$(container $each)" >"$work/$each.log" 2>&1
        podman inspect "$(container $each)" >"$work/$each.inspect"
        podman exec "$(container $each)" sh -c 'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline' >"$work/$each.proc" 2>/dev/null || true
    done
    inside timeline-us tideline --json git-config --show >"$work/us.config" 2>&1 || true
    check "a token is configured" grep -q '"token_configured": *true' "$work/us.config"
    check "no token in pages, logs, environment, arguments or answers" refuse grep -l "canary-" "$work"/*.html "$work"/*.log \
        "$work"/*.inspect "$work"/*.proc "$work"/us.* "$work"/brazil.*
    check "nginx has no token and no database" refuse inside nginx sh -c \
        'cat /run/secrets/* || find / -name timeline.db 2>/dev/null | grep .'
    check "a timeline has its own secret only" equal "$(inside timeline-brazil ls /run/secrets)" brazil_token
    check "a timeline has its own repository only" equal "$(inside timeline-brazil ls /repositories)" brazil.git
    check "the database is for its user and group" equal "$(inside timeline-us sh -c \
        'stat -c "%a %u:%g" /var/lib/tideline/*/db/timeline.db')" "640 10001:10001"
    check "the socket is for user and group" equal "$(inside timeline-us stat -c '%a %u:%g' /run/tideline/tideline.sock)" \
        "660 10001:10001"
}

# New containers on the same volumes.
check_restart() {
    podman stop -t 20 "$(container timeline-us)" >/dev/null
    check "timeline-us ends by itself when it is stopped" equal \
        "$(podman inspect -f '{{.State.ExitCode}}' "$(container timeline-us)")" 0
    compose down -t 20 >/dev/null 2>&1
    compose up -d >"$work/up.log" 2>&1 || true
    check "after down and up the events are still there" wait_for shows us /events 'Inspector General'
}

# shellcheck disable=SC2086 # a list of words
packages_ensure "the test of the containers" $PACKAGES_DOCKER
work=$(mktemp -d)
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
configure_podman
prepare
make_base_image

say "Building …"
build_images >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log" >&2; say "The images do not build."; exit 1; }
show_sizes
compose up -d >"$work/up.log" 2>&1 || true
if ! wait_for page us /healthz || ! wait_for page brazil /healthz; then
    cat "$work/up.log" >&2
    for each in timeline-us timeline-brazil nginx; do podman logs --tail 20 "$(container $each)" >&2 || true; done
    say "The containers did not start. Is port $port free? Another: DOCKER_TEST_PORT=19443 sh tests/docker.sh"
    exit 1
fi
check_confinement
check_pulls
check_accounts
check_pages
check_secrets
check_restart

say "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
