# Shared by the scripts of this folder; sourced, never run.
# shellcheck shell=bash
set -euo pipefail

KITH_CALLER="$PWD"
KITH_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
cd "$KITH_ROOT"

# The Debian packages, in this one place. Reasons stand in README.md, "Dependencies".
RUN_PACKAGES=(postgresql-15 libpq-dev libmicrohttpd-dev libssl-dev zlib1g-dev libzip-dev libxml2-dev liblapacke-dev libhpdf-dev fonts-dejavu-core pkg-config curl)
TEST_PACKAGES=(jq chromium)

# Linked with the Swift library inside, so that an installed copy needs no toolchain and starts in 5 ms instead of 10.
RELEASE_FLAGS=(--static-swift-stdlib)

POSTGRES_BIN=/usr/lib/postgresql/15/bin

say() { printf '%s\n' "kith: $*"; }
complain() { printf '%s\n' "kith: $*" >&2; }

# stop STATUS LINE…   prints the lines and ends; status 2 means that the machine lacks something.
stop() {
    local status=$1
    shift
    local line
    for line in "$@"; do complain "$line"; done
    exit "$status"
}

# Prints the comment at the top of the calling script and ends, when its first argument asks for it.
help_if_asked() {
    case "${1:-}" in
    -h | --help)
        sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$KITH_ROOT/deploy/$(basename "$0")"
        exit 0
        ;;
    esac
}

need_swift() {
    local version major minor
    command -v swift >/dev/null || stop 2 \
        "Swift is missing: Kith needs a Swift 6.3 toolchain or newer, with 'swift' in PATH." \
        "Get it from https://www.swift.org/install/linux/ (Debian 12), then call this again."
    version="$(swift --version 2>&1 | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)"
    major="${version%%.*}"
    minor="${version#*.}"
    if [[ -z $version ]] || ((major < 6 || (major == 6 && minor < 3))); then
        stop 2 "Swift ${version:-of an unknown version} is too old: Kith needs 6.3 or newer." \
            "Get it from https://www.swift.org/install/linux/ (Debian 12), then call this again."
    fi
}

# need_packages NAME…   installs what is missing: as root, or by sudo without a password, or not at all.
need_packages() {
    local installed missing=() name
    command -v dpkg-query >/dev/null || stop 2 "This is not Debian: install by hand what is called here: $*"
    installed=" $(dpkg-query -W -f '${Package}=${db:Status-Status} ' "$@" 2>/dev/null || true)"
    for name in "$@"; do
        [[ $installed == *" $name=installed "* ]] || missing+=("$name")
    done
    ((${#missing[@]})) || return 0

    # Debian would else make and start a cluster on port 5432 that nobody asked for.
    local conf=/etc/postgresql-common/createcluster.conf
    local prepare="mkdir -p ${conf%/*} && { grep -qs '^create_main_cluster' $conf ||"
    prepare+=" echo 'create_main_cluster = false' >> $conf; }"
    local install="apt-get update -qq && env DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1"
    install+=" apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold ${missing[*]}"
    local line="$install"
    [[ " ${missing[*]} " == *" postgresql-15 "* ]] && line="$prepare && $install"

    if ((EUID == 0)); then
        say "installing Debian packages: ${missing[*]}"
        sh -c "$line" >&2
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        say "installing Debian packages with sudo: ${missing[*]}"
        sudo -n sh -c "$line" >&2
    else
        complain "Debian packages are missing and this user may not install them. Let an administrator run:"
        printf '%s\n' "sudo sh -c \"$line\"" >&2
        exit 2
    fi
}

# absolute PATH   as seen from where the caller stood.
absolute() {
    case "$1" in
    /*) printf '%s' "$1" ;;
    *) printf '%s' "$KITH_CALLER/$1" ;;
    esac
}

# Whether a source is newer than the last successful release build of these products.
release_is_stale() {
    local product
    for product in "$@"; do
        local stamp=".build/kith-stamp.$product"
        [[ -x .build/release/$product && -e $stamp ]] || return 0
        # Folders count too: their time tells that a file was added or removed.
        [[ -z "$(find Package.swift Sources -newer "$stamp" -print -quit)" ]] || return 0
    done
    return 1
}

# build_release PRODUCT…   builds what is out of date, and only then asks for Swift.
build_release() {
    local product
    release_is_stale "$@" || return 0
    need_swift
    mkdir -p .build
    for product in "$@"; do
        release_is_stale "$product" || continue
        say "building $product (release); the first time takes some minutes"
        # The stamp bears the time before the build, so that an edit during the build is not lost.
        touch ".build/kith-stamp.new"
        swift build -c release "${RELEASE_FLAGS[@]}" --product "$product" >&2
        mv ".build/kith-stamp.new" ".build/kith-stamp.$product"
    done
}

# as_postgres COMMAND…   PostgreSQL refuses to run as root.
as_postgres() {
    if ((EUID == 0)); then
        # That user may not enter the checkout, and the programs complain when they cannot see where they stand.
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

# copy_home PREFIX   the files that the program reads at run time, as Runtime's Home finds them.
copy_home() {
    local share="$1/share/kith" name
    mkdir -p "$share"
    for name in profiles standards; do
        rm -rf "${share:?}/$name"
        if [[ -d $name ]]; then cp -R "$name" "$share/$name"; else mkdir "$share/$name"; fi
    done
    rm -rf "${share:?}/migrations"
    cp -R Sources/Schema/Migrations "$share/migrations"
    chmod -R u=rwX,go=rX "$share"
}
