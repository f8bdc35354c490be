# Which Debian 12 packages Tideline needs, and putting in place those that are missing. Sourced by nginx/quickstart.sh
# and tests/run.sh, so plain POSIX sh that sets nothing but names beginning PACKAGES_ and packages_.
#
# A word of a list is a package, or several parted by |: any of them being installed will do, and the first is the one
# to install. @NAME among them: a command NAME from elsewhere will do as well. An nginx service that the installation
# of the package starts belongs to the system: Tideline starts its own and never uses or stops that one.

# shellcheck disable=SC2034 # read by the scripts that source this file
PACKAGES_BUILD="gcc|clang|@cc libc6-dev cmake|@cmake ninja-build|@ninja pkg-config|pkgconf|@pkg-config libfcgi-dev
  libgit2-dev libcurl4-gnutls-dev|libcurl4-openssl-dev|libcurl4-nss-dev libsqlite3-dev libjson-c-dev libyaml-dev
  libsodium-dev"
PACKAGES_RUN="curl|@curl nginx|nginx-light|nginx-full|nginx-extras|@nginx openssl|@openssl git|@git ca-certificates"
PACKAGES_TESTS="libcmocka-dev fcgiwrap spawn-fcgi openssl|@openssl curl|@curl git|@git ca-certificates chromium
  fonts-dejavu-core sqlite3 universal-ctags nodejs|@node npm|@npm"

# Is one of the packages or commands of a word like a|b|@c there?
packages_have() {
    for packages_one in $(echo "$1" | tr '|' ' '); do
        case $packages_one in
        @*) command -v "${packages_one#@}" >/dev/null 2>&1 && return 0 ;;
        *) [ "$(dpkg-query -W -f='${db:Status-Status}' "$packages_one" 2>/dev/null)" = installed ] && return 0 ;;
        esac
    done
    return 1
}

# packages_ensure "what for" WORD…: installs what is missing, as root or through sudo. 1 if that cannot be done.
packages_ensure() {
    packages_purpose=$1
    shift
    packages_missing=
    for packages_word in "$@"; do
        packages_have "$packages_word" || packages_missing="$packages_missing ${packages_word%%|*}"
    done
    [ -z "$packages_missing" ] && return 0
    packages_command="apt-get install -y --no-install-recommends$packages_missing"
    packages_sudo=
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            echo "Packages are missing for $packages_purpose. Install them as root with: $packages_command" >&2
            return 1
        fi
        packages_sudo=sudo
    fi
    echo "Installing Debian packages for $packages_purpose:$packages_missing" >&2
    packages_log=$(mktemp) || return 1
    packages_failed=0
    packages_install >"$packages_log" 2>&1 || packages_failed=1
    # The hundreds of lines of a good installation would hide what comes after them.
    [ "$packages_failed" -eq 0 ] || cat "$packages_log" >&2
    rm -f "$packages_log"
    return "$packages_failed"
}

packages_install() {
    # shellcheck disable=SC2086 # lists of words
    $packages_sudo apt-get update -qq && $packages_sudo env DEBIAN_FRONTEND=noninteractive $packages_command -qq
}
