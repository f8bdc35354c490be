# Two small sample timelines, made as bare repositories from the files in nginx/samples. Sourced by quickstart.sh and
# docker's scripts; POSIX sh.

# samples_repository SOURCE TARGET: one commit per event, dated, so that history and pulls look like a real timeline's.
samples_repository() {
    samples_source=$1
    samples_target=$2
    samples_work=$(mktemp -d)
    git init -q -b main "$samples_work"
    mkdir -p "$samples_work/timeline_data/events"
    cp "$samples_source/README.md" "$samples_work/README.md"
    samples_commit "$samples_work" README.md "Begin the timeline"
    for samples_file in "$samples_source"/*--*; do
        samples_name=$(basename "$samples_file")
        cp "$samples_file" "$samples_work/timeline_data/events/$samples_name"
        samples_commit "$samples_work" "timeline_data/events/$samples_name" "Add ${samples_name%.*}"
    done
    git clone -q --bare "$samples_work" "$samples_target.new"
    rm -rf "$samples_work"
    mv "$samples_target.new" "$samples_target"
}

samples_commit() {
    git -C "$1" add -- "$2"
    git -C "$1" -c user.name="Sample" -c user.email=sample@localhost -c commit.gpgSign=false -c core.hooksPath=/dev/null \
        commit -q --date=2024-01-01T00:00:00Z -m "$3"
}

# samples_make FOLDER: FOLDER/us.git and FOLDER/brazil.git, unless they are there.
samples_make() {
    mkdir -p "$1"
    for samples_each in us brazil; do
        [ -d "$1/$samples_each.git" ] || samples_repository "nginx/samples/$samples_each" "$1/$samples_each.git"
    done
}
