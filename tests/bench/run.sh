#!/bin/sh
# Measures what README.md promises of speed and memory: each figure beside a counterpart from the same run.
#   sh tests/bench/run.sh                 everything
#   sh tests/bench/run.sh import          import of a whole timeline : git clone --bare + git cat-file --batch
#   sh tests/bench/run.sh nothing         a pull with nothing new : git fetch
#   sh tests/bench/run.sh incremental     a pull of 10 changed files among 100,000 events : git fetch + git diff-tree
#   sh tests/bench/run.sh web             status page : a program that answers the same bytes from memory; workers' memory
#   sh tests/bench/run.sh search          lists and searches among 100,000 events, one request at a time: at most 20 ms
#   sh tests/bench/run.sh tenants         1,000 tenants: until ready, the master's memory, the first page of a tenant
#   sh tests/bench/run.sh isolation       pages and jobs of a tenant : the same while another's remote says nothing
# BENCH_REPETITIONS: how often each is measured (default 9). BENCH_EVENTS: size of the generated timeline (100000).
# TIDELINE_SHARED: the folder with the shared corpus (default: shared beside the checkout); without a corpus a generated
# timeline of the same shape is imported. It measures, and never fails for a figure: judge the table.
set -eu
cd "$(dirname "$0")/../.."
. nginx/packages.sh

PACKAGES_BENCH="wrk sqlite3 fcgiwrap spawn-fcgi nodejs|@nodejs|@node"
TIDELINE_BUILD=$PWD/build
export TIDELINE_BUILD

# shellcheck disable=SC2086 # lists of words
packages_ensure "building and measuring" $PACKAGES_BUILD $PACKAGES_RUN $PACKAGES_BENCH
cmake --preset release >/dev/null
cmake --build --preset release --parallel "$(nproc)" >/dev/null

tools=$TIDELINE_BUILD/bench
mkdir -p "$tools"
cc -O2 -Wall -Wextra -o "$tools/stopwatch" tests/bench/stopwatch.c
cc -O2 -Wall -Wextra -o "$tools/fcgi_memory" tests/bench/fcgi_memory.c -lfcgi
exec node tests/bench/bench.js "$tools" "$@"
