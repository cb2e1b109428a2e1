#!/bin/sh
# The main job on the mock driver, each command printed before its output: the shortest tutorial there is.
#
#   tools/demo.sh [DCCTL]    DCCTL: the program to show, else the one on PATH
#
# Leaves nothing behind: the mock cloud of the demonstration lives in a temporary directory.
set -eu
program=${1:-dcctl}
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT INT TERM
export XDG_STATE_HOME="$directory/state" XDG_CONFIG_HOME="$directory/config" XDG_CACHE_HOME="$directory/cache"
export DCCTL_DRIVER=mock

say() { printf '\n# %s\n' "$*"; }
run() {
    printf '$ dcctl'
    for word in "$@"; do
        case $word in *[!A-Za-z0-9=_./,:@-]*) printf " '%s'" "$word" ;; *) printf ' %s' "$word" ;; esac
    done
    printf '\n'
    "$program" "$@"
}
refused() { # the command is expected to be refused with this exit status
    expected=$1
    shift
    status=0
    run "$@" 2>&1 || status=$?
    printf '(exit status %s)\n' "$status"
    [ "$status" = "$expected" ] || { echo "expected exit status $expected" >&2; exit 1; }
}

say 'What there is: sizes, places, templates, machines'
run hwp list
run realm list
run image list
run instance list

say 'What would be done, without doing it'
run instance create --image img1 --hwp m1-large --memory 12GiB --name web --dry-run

say 'Create an instance; the profile allows 1 to 6 processors and 7.5 to 15 GiB'
run instance create --image img1 --hwp m1-large --memory 12GiB --name web
run instance show web

say 'What the profile does not allow is refused, and so is what the state machine does not'
refused 2 instance create --image img1 --hwp m1-large --memory 64GiB --name big
refused 5 instance destroy web --yes
run state list

say 'Stop it, then destroy it'
run instance stop web
run instance destroy web --yes

say 'The same for scripts'
run instance list --output json --filter realm=eu
refused 4 instance show web

say "Go on by yourself: $program --help. README.md says how to install it, and how to begin with libvirt"
