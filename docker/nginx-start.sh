# Writes the server blocks of all timelines and becomes nginx.
# A timeline is /etc/tideline/timelines/NAME.env, the same file that its own container got as environment, with its
# socket in /run/timelines/NAME: the block is made in exactly the environment that the timeline runs in, so both agree
# on the tenant. A file is KEY=VALUE lines as Docker's --env-file has them: nothing is unquoted or expanded.
# NGINX_REAL_IP_FROM: address or network of a proxy before this one, whose X-Forwarded-For says who the visitor is.
set -eu

# shellcheck disable=SC2163 # the line is the assignment
load_environment() {
    number=0
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        case $line in
        '' | '#'*) ;;
        [A-Z]*=*) export "$line" ;;
        *)
            # The line itself is not shown: it may hold a token.
            echo "$1, line $number: expected KEY=VALUE" >&2
            return 1
            ;;
        esac
    done <"$1"
}

# servers_of FILE [OPTION]: in a subshell, so that one timeline's settings never reach another's.
servers_of() (
    load_environment "$1" || exit
    name=$(basename "$1" .env)
    shift
    exec tideline nginx-config --listen 0.0.0.0:8443 --certificate /etc/tideline/tls/server.pem \
        --key /etc/tideline/tls/server.key --socket "/run/timelines/$name/tideline.sock" \
        --static /usr/share/tideline/templates/static \
        ${NGINX_REAL_IP_FROM:+--real-ip-from "$NGINX_REAL_IP_FROM"} "$@"
)

# Only the first brings the server that refuses unknown hosts: nginx allows one.
set --
: >/tmp/servers.conf
for file in /etc/tideline/timelines/*.env; do
    servers_of "$file" "$@" >/tmp/servers.new
    # The sizes are in nginx.conf: each call knows the names of its own timeline only.
    grep -v '^server_names_hash' /tmp/servers.new >>/tmp/servers.conf
    set -- --no-default
done
exec nginx -e stderr -c /etc/tideline/nginx.conf
