# SPDX-License-Identifier: MIT
# Sourced by src/try.sh and tests/run.sh: the Debian packages that each of them needs.

build_packages='gcc libc6-dev cmake ninja-build pkg-config
    libncurses-dev libutf8proc-dev libjansson-dev libidn2-dev libsodium-dev
    gettext libsqlite3-dev libqrencode-dev libfribidi-dev'
test_packages="$build_packages libcriterion-dev libvterm-dev
    clang libclang-rt-14-dev clang-format-14 python3 python3-dissononce
    netcat-openbsd ncat socat tmux screen iproute2 nftables conntrack procps util-linux"

# Prints those of its arguments that are not installed.
packages_missing()
{
    for package; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            echo "$package"
    done
}

# Installs what is missing, through sudo when not root; touches nothing, and needs no network,
# when all is there. On a system without dpkg it leaves the matter to whoever is in charge.
packages_install()
{
    command -v dpkg-query >/dev/null || return 0
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    echo "installing:" $missing >&2
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "please install, as root:" $missing >&2; return 1; }
        as_root=sudo
    fi
    # A stale list of packages is only worth a warning: the packages may be in it all the same.
    $as_root apt-get -q update >&2 </dev/null || echo "apt-get update failed" >&2
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 install $missing >&2 </dev/null
}
