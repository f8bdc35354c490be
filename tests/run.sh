#!/bin/sh
# Builds Tideline with AddressSanitizer and UBSan and runs its tests, after installing what a fresh Debian 12 lacks.
#   sh tests/run.sh                 everything
#   sh tests/run.sh unit            the cmocka programs of tests/unit
#   sh tests/run.sh e2e [NAME…]     the black-box tests of tests/e2e (NAME.test.js), all or those named
# TIDELINE_BUILD: test this build folder instead of build-asan (it is built, but not configured).
# TIDELINE_SHARED: the folder with the shared corpus (default: shared beside the checkout). Exit status: 0 if all passed.
set -eu
cd "$(dirname "$0")/.."
. nginx/packages.sh

NODE_FLOOR=18.20
build=${TIDELINE_BUILD:-$PWD/build-asan}

usage() {
    sed -n '2,5s/^# \{0,1\}//p' tests/run.sh >&2
    exit 2
}

build_tideline() {
    if command -v ccache >/dev/null 2>&1; then
        export CMAKE_C_COMPILER_LAUNCHER=ccache
    fi
    if [ -z "${TIDELINE_BUILD:-}" ]; then
        cmake --preset asan -DTIDELINE_TESTS=ON >/dev/null
    fi
    cmake --build "$build" --parallel "$(nproc)"
}

run_unit() {
    echo "== Unit tests"
    ctest --test-dir "$build" --output-on-failure --no-tests=error --parallel "$(nproc)"
}

# Node packages are installed again only when the lock file has changed since.
install_node_packages() {
    if ! node -e 'const [a, b] = process.versions.node.split("."), [c, d] = process.argv[1].split(".");
        process.exit(+a > +c || (+a === +c && +b >= +d) ? 0 : 1)' "$NODE_FLOOR"; then
        echo "The tests need Node $NODE_FLOOR or newer, and $(command -v node) is $(node --version)." >&2
        return 1
    fi
    installed=tests/node_modules/.installed-lock.json
    if ! cmp -s tests/package-lock.json "$installed"; then
        (cd tests && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
        cp tests/package-lock.json "$installed"
    fi
}

# The floor of Node finds no files by pattern: they are listed.
run_e2e() {
    echo "== Black-box tests"
    [ $# -gt 0 ] || set -- tests/e2e/*.test.js
    TIDELINE_BUILD=$build node --test --test-concurrency=2 --test-reporter=spec "$@"
}

part=${1:-all}
[ $# -eq 0 ] || shift
files=
case $part in
all | unit) [ $# -eq 0 ] || usage ;;
e2e)
    for name in "$@"; do
        file=tests/e2e/$(basename "$name" .test.js).test.js
        [ -f "$file" ] || { echo "There is no $file." >&2; exit 2; }
        files="$files $file"
    done
    ;;
*) usage ;;
esac

# shellcheck disable=SC2086 # lists of words
packages_ensure "building and testing" $PACKAGES_BUILD $PACKAGES_RUN $PACKAGES_TESTS
build_tideline

failed=
if [ "$part" != e2e ]; then
    run_unit || failed="$failed unit"
fi
if [ "$part" != unit ]; then
    # shellcheck disable=SC2086
    { install_node_packages && run_e2e $files; } || failed="$failed e2e"
fi
if [ -n "$failed" ]; then
    echo "Failed:$failed" >&2
    exit 1
fi
echo "All passed."
