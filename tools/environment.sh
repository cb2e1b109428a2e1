#!/bin/sh
# Makes the virtual environment that a make target needs, or brings it up to date; does nothing when it is.
#
#   tools/environment.sh demo DIRECTORY     dcctl as a user installs it: no extras
#   tools/environment.sh develop DIRECTORY  dcctl editable, with libvirt and everything that checks and tests need
#   tools/environment.sh bench DIRECTORY    dcctl as a user installs it, with libvirt
#
# Debian keeps the venv module and the C headers in packages of their own: they are installed when we are root or sudo asks for no
# password; otherwise the command to type is printed.
set -eu
kind=$1 directory=$2
cd "$(dirname "$0")/.."

find_python() {
    for candidate in "${PYTHON:-}" python3.11 python3; do
        if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    echo "dcctl needs Python 3.11 or newer: apt install python3" >&2
    exit 1
}

need_package() { # package, why
    echo "installing $1 ($2)" >&2
    if [ "$(id -u)" = 0 ]; then sudo=''; else sudo='sudo --non-interactive'; fi
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086  no sudo is no word
    $sudo apt-get -qq install --yes --no-install-recommends "$1" >/dev/null 2>&1 ||
        { $sudo apt-get -qq update && $sudo apt-get -qq install --yes --no-install-recommends "$1"; } >/dev/null ||
        { echo "$2 is missing. As root: apt install $1" >&2; exit 1; }
}

python=$(find_python)
"$python" -c 'import ensurepip, venv' 2>/dev/null || need_package python3-venv "Python's venv module"
if [ "$kind" != demo ]; then
    header=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include") + "/Python.h")')
    [ -e "$header" ] || need_package python3-dev "Python's C headers, to build libvirt-python"
fi

# The stamp holds what was installed from: another Python, other metadata or (where it is not editable) other sources mean anew.
# What pyproject.toml says to pytest and to the checkers, at its end, is no reason.
state() {
    "$python" -c 'import sys; print(sys.version)'
    echo "$kind"
    sed '/^\[tool\.pytest/,$d' pyproject.toml
    [ "$kind" = develop ] || find dcctl drivers profiles.yaml man -type f ! -name '*.pyc' -exec cksum {} + | sort
}
stamp="$directory/made-from"
now=$(state | cksum)
[ -e "$stamp" ] && [ "$(cat "$stamp")" = "$now" ] && exit 0

"$python" -m venv --clear "$directory"
pip() { "$directory/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }
pip install --upgrade 'pip>=25.1'
case $kind in
demo) pip install . ;;
bench)
    pip install '.[libvirt]'
    pip install kcli || echo 'kcli cannot be installed: the benchmarks go without it' >&2
    ;;
develop) pip install --editable '.[libvirt]' --group dev ;;
*) echo "unknown kind of environment: $kind" >&2; exit 2 ;;
esac
echo "$now" >"$stamp"
