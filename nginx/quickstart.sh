#!/bin/sh
# Builds Tideline and serves it on this machine until Ctrl-C, after installing what a fresh Debian 12 lacks.
#   sh nginx/quickstart.sh
# serves two small sample timelines of its own, https://us.localhost:8443 and https://brazil.localhost:8443.
#   TIMELINE_REPO_URL=https://github.com/OWNER/NAME GITHUB_TOKEN=… sh nginx/quickstart.sh
# serves that repository instead (the other settings of a timeline in the README may stand beside it); its pages are for
# whoever signs in, unless TIMELINE_PUBLIC=true.
# Each timeline without an account gets the admin "demo" with a random password, which is printed and kept nowhere.
# QUICKSTART_PORT: the HTTPS port on 127.0.0.1 (default 8443). QUICKSTART_STATE: where databases, mirrors, certificate
# and sample repositories are kept (default .quickstart in the checkout; remove it to start afresh).
# TIDELINE_BUILD: a build folder to use as it is (default: build, which is built first).
# It starts an nginx of its own; one that belongs to the system is neither used nor stopped.
set -eu
umask 007
started_in=$PWD
cd "$(dirname "$0")/.."
. nginx/packages.sh
. nginx/samples.sh

root=$PWD
port=${QUICKSTART_PORT:-8443}
state=${QUICKSTART_STATE:-$root/.quickstart}
build=${TIDELINE_BUILD:-$root/build}
pool_pid=
nginx_pid=

# What a timeline's file may say, but for what this script says itself: TIMELINE_HOSTNAMES and TIMELINE_PAGE_URL.
own_settings="TIMELINE_BRANCH TIMELINE_EVENTS_DIR TIMELINE_EVENT_FORMAT TIMELINE_PUSH_URL GITHUB_API_URL \
GITHUB_TOKEN_FILE PR_BRANCH_PREFIX TIMELINE_AUTHOR_NAME TIMELINE_AUTHOR_EMAIL TIMELINE_CA_FILE \
TIMELINE_REMOTE_TIMEOUT TIMELINE_WORKSPACE WORKSPACE_ISOLATION DB_PATH AUTO_PULL_ON_START"
all_settings="$own_settings TIMELINE_REPO_URL GITHUB_TOKEN INSTANCE_NAME TIMELINE_HOSTNAMES TIMELINE_PAGE_URL \
TIMELINE_PUBLIC"

say() { printf '%s\n' "$*" >&2; }
give_up() {
    say "$*"
    exit 1
}

# Paths are meant from where the command was started.
read_settings() {
    case $port in
    "" | *[!0-9]* | ??????*) give_up "QUICKSTART_PORT is \"$port\"; expected a number from 1 to 65535." ;;
    esac
    case $state in
    /*) ;;
    *) state=$started_in/$state ;;
    esac
    case $root$state in
    *[\'\"\\\$]*) give_up "nginx cannot use a path with a quote, \\ or \$: $root, $state. Choose other folders." ;;
    esac
    case ${TIMELINE_REPO_URL:-} in
    ./* | ../*)
        TIMELINE_REPO_URL=$(cd "$started_in/$TIMELINE_REPO_URL" && pwd) ||
            give_up "TIMELINE_REPO_URL: there is no such folder."
        ;;
    esac
}

# Two of them would write each other's files. Held for as long as anything that was started here runs.
take_state() {
    mkdir -p "$state/tenants" "$state/tls" "$state/run" "$state/nginx" "$state/data"
    state=$(cd "$state" && pwd)
    exec 9>>"$state/run/lock"
    flock -n 9 || give_up "Tideline runs from $state already (processes $(cat "$state/run/pids" 2>/dev/null)). Stop it with" \
        "Ctrl-C, or start a second one beside it: QUICKSTART_STATE=FOLDER QUICKSTART_PORT=9443 sh nginx/quickstart.sh"
}

# curl ends with 7 where nobody listens.
check_port() {
    in_use=0
    curl -s --noproxy '*' --max-time 2 -o /dev/null "http://127.0.0.1:$port/" || in_use=$?
    [ "$in_use" -eq 7 ] ||
        give_up "Port $port is in use. Choose another one: QUICKSTART_PORT=9443 sh nginx/quickstart.sh"
}

stop_all() {
    trap - INT TERM HUP EXIT
    for pid in $nginx_pid $pool_pid; do
        kill -TERM "$pid" 2>/dev/null || true
    done
    for pid in $nginx_pid $pool_pid; do
        wait "$pid" 2>/dev/null || true
    done
    rm -f "$state/run/tideline.sock" "$state/run/pids"
}

build_tideline() {
    say "Building Tideline …"
    cmake --preset release -DTIDELINE_TESTS=OFF >"$state/build.log" 2>&1 &&
        cmake --build --preset release --parallel "$(nproc)" >>"$state/build.log" 2>&1 || {
        tail -n 30 "$state/build.log" >&2
        give_up "The build failed; the whole log is in $state/build.log"
    }
}

# tenant NAME TITLE REPOSITORY PUBLIC: writes the tenant's file.
tenant() {
    {
        echo "TIMELINE_REPO_URL=$3"
        echo "INSTANCE_NAME=$2"
        echo "TIMELINE_HOSTNAMES=$1.localhost"
        echo "TIMELINE_PAGE_URL=https://$1.localhost:$port"
        echo "TIMELINE_PUBLIC=$4"
    } >"$state/tenants/$1.env"
}

# The visitor's own repository: what the environment says goes into the tenant's file, the token into one of its own.
own_tenant() {
    public=${TIMELINE_PUBLIC:-false}
    tenant timeline "${INSTANCE_NAME:-$(basename "$TIMELINE_REPO_URL" .git)}" "$TIMELINE_REPO_URL" "$public"
    for key in $own_settings; do
        eval "value=\${$key:-}"
        [ -z "$value" ] || echo "$key=$value" >>"$state/tenants/timeline.env"
    done
    if [ -n "${GITHUB_TOKEN:-}" ]; then
        (umask 077 && printf '%s\n' "$GITHUB_TOKEN" >"$state/token")
        echo "GITHUB_TOKEN_FILE=$state/token" >>"$state/tenants/timeline.env"
    fi
}

make_tenants() {
    rm -f "$state"/tenants/*.env "$state/token"
    if [ -n "${TIMELINE_REPO_URL:-}" ]; then
        names=timeline
        own_tenant
    else
        names="us brazil"
        public=true
        samples_make "$state/samples"
        tenant us "United States (sample)" "$state/samples/us.git" $public
        tenant brazil "Brasil (sample)" "$state/samples/brazil.git" $public
    fi
    # From here on the tenants' files say it all.
    # shellcheck disable=SC2086 # a list of words
    unset $all_settings TIDELINE_BUILD
}

make_certificate() {
    [ ! -f "$state/tls/server.pem" ] || return 0
    say "Making a self-signed certificate for *.localhost …"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 -subj /CN=localhost \
        -addext "subjectAltName=DNS:localhost,DNS:us.localhost,DNS:brazil.localhost,DNS:timeline.localhost,IP:127.0.0.1" \
        -keyout "$state/tls/server.key" -out "$state/tls/server.pem" 2>"$state/tls/log" || {
        cat "$state/tls/log" >&2
        give_up "openssl could not make a certificate."
    }
}

# A command line that knows this installation's folders.
make_command() {
    cat >"$state/tideline" <<END
#!/bin/sh
# Settings in the environment would be stronger than the timelines' files, and may be another timeline's.
unset $all_settings
TIDELINE_TENANTS='$state/tenants' TIDELINE_STATE='$state/data' exec '$build/bin/tideline' "\$@"
END
    chmod +x "$state/tideline"
}

# 80 random bits in letters and digits that cannot be mistaken for each other.
random_password() {
    head -c 400 /dev/urandom | LC_ALL=C tr -dc 'a-hjkmnp-z2-9' | head -c 16 | sed 's/..../&-/g; s/-$//'
}

# An admin for each timeline that has no account yet. The password is in no file, argument or environment.
make_accounts() {
    password=$(random_password)
    new_in=
    for name in $names; do
        accounts=$("$state/tideline" --tenant "$name" --json user list) || give_up "$accounts"
        case $accounts in
        *'"accounts":[]'*)
            said=$(printf '%s\n' "$password" |
                "$state/tideline" --tenant "$name" --json user add demo --role admin --password-stdin) || give_up "$said"
            new_in="$new_in $name"
            ;;
        esac
    done
}

make_nginx_configuration() {
    "$state/tideline" --text nginx-config --listen "127.0.0.1:$port" --certificate "$state/tls/server.pem" \
        --key "$state/tls/server.key" --socket "$state/run/tideline.sock" \
        --static "$root/templates/static" >"$state/nginx/servers.conf"
    {
        # As root nginx would give its workers to nobody, who may not open the application's socket.
        [ "$(id -u)" -ne 0 ] || echo "user root;"
        cat <<END
daemon off;
pid "$state/nginx/nginx.pid";
error_log "$state/nginx/error.log";
events {}
http {
    types { text/css css; text/javascript js; image/svg+xml svg; image/png png; }
    default_type application/octet-stream;
    access_log "$state/nginx/access.log";
    client_body_temp_path "$state/nginx/body";
    proxy_temp_path "$state/nginx/proxy";
    fastcgi_temp_path "$state/nginx/fastcgi";
    uwsgi_temp_path "$state/nginx/uwsgi";
    scgi_temp_path "$state/nginx/scgi";
    include "$state/nginx/servers.conf";
}
END
    } >"$state/nginx/nginx.conf"
}

start_pool() {
    TIDELINE_STATE="$state/data" "$build/bin/tideline-fcgi" --tenants "$state/tenants" --socket "$state/run/tideline.sock" \
        --templates "$root/templates" 2>"$state/tideline.log" &
    pool_pid=$!
}

start_nginx() {
    nginx_binary=$(PATH=$PATH:/usr/sbin command -v nginx)
    # What it says goes to its log as well, so here it would be said twice.
    : >"$state/nginx/error.log"
    "$nginx_binary" -e "$state/nginx/error.log" -p "$state/nginx" -c "$state/nginx/nginx.conf" 2>/dev/null &
    nginx_pid=$!
    echo "$$ $pool_pid $nginx_pid" >"$state/run/pids"
}

both_run() { kill -0 "$pool_pid" 2>/dev/null && kill -0 "$nginx_pid" 2>/dev/null; }

show_logs() { tail -n 5 "$state/tideline.log" "$state/nginx/error.log" >&2 || true; }

# Both answer when the health page comes through nginx.
wait_until_ready() {
    tries=0
    until curl -fs --cacert "$state/tls/server.pem" --noproxy '*' --max-time 2 -o /dev/null \
        "https://${names%% *}.localhost:$port/healthz"; do
        tries=$((tries + 1))
        if [ "$tries" -ge 100 ] || ! both_run; then
            show_logs
            give_up "Tideline did not start; the lines above should say why."
        fi
        sleep 0.1
    done
}

# Ends through the traps, or when one of the two has ended by itself: the other is of no use alone.
serve() {
    while both_run; do
        sleep 1
    done
    show_logs
    give_up "Tideline stopped by itself; the lines above should say why."
}

# As a shell wants it; there is no quote in it (read_settings).
quoted() {
    case $1 in
    *[!A-Za-z0-9_./-]*) printf "'%s'" "$1" ;;
    *) printf '%s' "$1" ;;
    esac
}

print_accounts() {
    say ""
    if [ "$public" = true ]; then
        say "Everybody may read the pages. To pull, to open pull requests and to change settings, sign in at"
    else
        say "The pages are for those who sign in, at"
    fi
    for name in $names; do
        case " $new_in " in
        *" $name "*) say "    https://$name.localhost:$port/login   as demo, with the password $password" ;;
        *)
            say "    https://$name.localhost:$port/login   as demo, with the password that was shown when it was made; a new one:"
            say "        $tideline --tenant $name user passwd demo"
            ;;
        esac
    done
    [ -z "$new_in" ] || say "The password was made just now and is kept nowhere: note it, or choose your own under Account."
}

# Each line works as it stands, in this order (tests/e2e/quickstart.test.js tries them).
print_what_to_try() {
    first=${names%% *}
    address=https://$first.localhost:$port
    say ""
    say "Try in another terminal:"
    say "    $tideline --tenant $first git-status"
    say "    $tideline --tenant $first event list --limit 5"
    if [ "$first" = us ]; then
        say "    $tideline --tenant us event add $(quoted "$root/nginx/samples/new-event.md")"
        say "    $tideline --tenant us event validate 2016-06-30--foia-improvement-act --status validated"
        say "    $tideline --tenant us create-pr --dry-run"
    else
        say "    $tideline git-pull"
        say "    $tideline create-pr --dry-run"
    fi
    say "    token=\$($tideline --tenant $first token create --user demo --scope write | grep -o 'tdl_[A-Za-z0-9_-]*')"
    say "    curl -k -H \"Authorization: Bearer \$token\" $address/api/v1/status"
    say "    curl -k -H \"Authorization: Bearer \$token\" --json '{}' $address/api/v1/pull"
    say ""
    say "Then send the event in the browser: $address/pull-requests/new shows the exact difference before anything is sent."
}

print_all() {
    tideline=$(quoted "$state/tideline")
    say ""
    say "Tideline is running. Open in a browser (the certificate is self-signed, so it will ask):"
    for name in $names; do
        say "    https://$name.localhost:$port"
    done
    print_accounts
    print_what_to_try
    say ""
    say "Logs: $state/tideline.log, $state/nginx/error.log. Ctrl-C stops everything."
}

read_settings
# shellcheck disable=SC2086 # lists of words
packages_ensure "building and serving" $PACKAGES_BUILD $PACKAGES_RUN
take_state
check_port
[ -n "${TIDELINE_BUILD:-}" ] || build_tideline
make_command
make_tenants
make_certificate
trap stop_all EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
make_nginx_configuration
make_accounts
start_pool
start_nginx
wait_until_ready
print_all
serve
