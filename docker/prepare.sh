#!/bin/sh
# Makes what compose.yaml mounts, unless it is there: two sample repositories, a token file for each timeline and a
# self-signed certificate.
#   sh docker/prepare.sh [FOLDER]      (default docker/local)
# US_TOKEN, BRAZIL_TOKEN: the tokens with which the timelines push and open pull requests; they can be written into
# FOLDER/tokens/us and FOLDER/tokens/brazil at any time, and are read again at each job.
#
# The containers' users are not this one, so the files are readable for everybody, and the folder around them only for
# its owner: on this machine nobody else gets to them.
set -eu
cd "$(dirname "$0")/.."
. nginx/samples.sh

folder=${1:-docker/local}
for command in git openssl; do
    command -v "$command" >/dev/null || { echo "$command is missing: apt-get install -y $command" >&2; exit 1; }
done
umask 022
mkdir -p "$folder/tokens" "$folder/tls"
chmod 0700 "$folder"
samples_make "$folder/repositories"

token() {
    [ -f "$folder/tokens/$1" ] || printf '%s\n' "${2:-no-token-yet}" >"$folder/tokens/$1"
}
token us "${US_TOKEN:-}"
token brazil "${BRAZIL_TOKEN:-}"

if [ ! -f "$folder/tls/server.pem" ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 -subj /CN=localhost \
        -addext "subjectAltName=DNS:localhost,DNS:us.localhost,DNS:brazil.localhost" \
        -keyout "$folder/tls/server.key" -out "$folder/tls/server.pem" 2>/dev/null
    chmod 0644 "$folder/tls/server.key"
fi
