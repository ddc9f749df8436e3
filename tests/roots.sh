#!/bin/sh
# Two releases of HTCondor, each in a Debian root of its own.
#
#   tests/roots.sh CACHE
#
# leaves CACHE/roots/trixie (23.9.6) and CACHE/roots/forky (25.14.1) installed, mounted and alike in everything
# that an interop test depends on. What is there already is kept: a second call takes well under a second.
set -eu

cache=${1:?usage: roots.sh CACHE}
roots=$cache/roots
mkdir -p "$roots" "$cache/tmp"

# One installation at a time, whoever asks for it.
exec 9>"$cache/roots.lock"
flock 9

say() { printf 'roots: %s\n' "$*" >&2; }

mounted() { grep -qF " $1 " /proc/self/mounts; }

unmount() {
    for point in "$1/tmp" "$1/dev" "$1/proc"; do
        if mounted "$point"; then umount -l "$point"; fi
    done
}

# /proc and /dev are what Debian's packages ask for while they are configured, so they come before the install.
mount_system() {
    mounted "$1/proc" || mount -t proc proc "$1/proc"
    mounted "$1/dev" || mount --bind /dev "$1/dev"
}

# FS authentication creates a directory in /tmp that both sides must see.
mount_tmp() {
    chmod 1777 "$cache/tmp"
    mounted "$1/tmp" || mount --bind "$cache/tmp" "$1/tmp"
}

works() {
    [ -x "$1/usr/bin/condor_ping" ] && chroot "$1" condor_ping -version >/dev/null 2>&1
}

install() {
    root=$1 suite=$2 package=$3
    say "installing $package of Debian $suite into $root (about 70 seconds)"
    command -v debootstrap >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y debootstrap
    # The mirror that this machine itself installs from.
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -1)
    [ -n "$mirror" ] || { say "apt has no package index here: run apt-get update"; exit 1; }
    # A debootstrap older than the suite does not know its name; all of Debian's recent suites are made alike.
    if [ -e "/usr/share/debootstrap/scripts/$suite" ]; then script=; else script=/usr/share/debootstrap/scripts/sid; fi
    debootstrap --variant=minbase "$suite" "$root" "$mirror" $script
    cp /etc/resolv.conf "$root/etc/"
    cp -r /etc/ssl/certs "$root/etc/ssl/"
    mount_system "$root"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # start no services
    chmod 755 "$root/usr/sbin/policy-rc.d"
    chroot "$root" sh -c "export DEBIAN_FRONTEND=noninteractive
        apt-get -o Acquire::Check-Valid-Until=false update &&
        apt-get install -y --no-install-recommends ca-certificates $package"
}

# The same names and numbers in both roots: they share files.
align() {
    root=$1
    chroot "$root" sh -eu -c '
        number() {
            if [ "$(id -u condor)" != 101 ]; then
                old=$(id -u condor)
                usermod -u 101 condor
                find / -xdev -user "$old" -exec chown -h 101 {} +
            fi
            if [ "$(id -g condor)" != 101 ]; then
                old=$(id -g condor)
                groupmod -g 101 condor
                find / -xdev -group "$old" -exec chgrp -h 101 {} +
            fi
        }
        number
        id alice >/dev/null 2>&1 || useradd --uid 7001 --create-home --shell /bin/sh alice
        id bob >/dev/null 2>&1 || useradd --uid 7002 --create-home --shell /bin/sh bob
        sed -i "s/^hosts:.*/hosts: files/" /etc/nsswitch.conf
        printf "127.0.0.1 localhost\n::1 localhost ip6-localhost\n" > /etc/hosts
        install -d -m 755 /etc/condor
        install -d -m 700 /etc/condor/passwords.d /etc/condor/tokens.d
        install -d -m 755 -o condor -g condor /var/lib/condor
    '
    # One signing key, so that a token of one release is good at the other.
    if [ ! -s "$cache/POOL" ]; then
        (umask 077; head -c 32 /dev/urandom >"$cache/POOL")
    fi
    cmp -s "$cache/POOL" "$root/etc/condor/passwords.d/POOL" ||
        /usr/bin/install -m 600 "$cache/POOL" "$root/etc/condor/passwords.d/POOL"
}

# Host names of loopback addresses, for lists that name hosts. Nothing listens there.
name_hosts() {
    grep -q "^127.0.0.2 " "$1/etc/hosts" ||
        printf "127.0.0.2 two.pool.example two\n127.0.0.3 three.good.org\n" >>"$1/etc/hosts"
}

# Netgroups, for lists that name them.
name_netgroups() {
    printf '%s\n' 'people (,alice,pool.example) (,condor,password)' 'hosts (127.0.0.2,,) (localhost,,)' \
        'both people hosts' >"$1/etc/netgroup"
    grep -q '^netgroup: files$' "$1/etc/nsswitch.conf" || {
        sed -i '/^netgroup:/d' "$1/etc/nsswitch.conf"
        echo 'netgroup: files' >>"$1/etc/nsswitch.conf"
    }
}

# What MUNGE and KERBEROS are tried against: munged, and MIT's KDC with its tools. Their services are not started. It comes
# after `align`, so that no account of theirs takes the number of condor; and there names come from files alone by then, so
# that apt is lent the names that this machine knows.
add_services() {
    root=$1
    mkdir -p "$root/run/munge" # a service's start would make it
    if [ -x "$root/usr/sbin/munged" ] && [ -x "$root/usr/sbin/krb5kdc" ] && [ -x "$root/usr/sbin/kadmin.local" ] &&
        [ -x "$root/usr/bin/kvno" ]; then
        return
    fi
    say "adding munge and krb5-kdc to $root"
    unshare -m sh -euc '
        mount --make-rprivate /
        mount --bind /etc/nsswitch.conf "$1/etc/nsswitch.conf"
        mount --bind /etc/hosts "$1/etc/hosts"
        exec chroot "$1" sh -c "export DEBIAN_FRONTEND=noninteractive
            apt-get -o Acquire::Check-Valid-Until=false update &&
            apt-get install -y --no-install-recommends munge krb5-kdc krb5-admin-server krb5-user"
    ' sh "$root"
}

provide() {
    root=$roots/$1
    if [ -d "$root" ]; then mount_system "$root" 2>/dev/null || :; fi
    if ! works "$root"; then
        if [ -e "$root" ]; then
            say "$root is incomplete: removing it"
            unmount "$root"
            rm -rf --one-file-system "$root"
        fi
        install "$root" "$1" "$2"
        works "$root" || { say "condor_ping does not run in $root"; exit 1; }
    fi
    if ! mounted "$root/tmp"; then align "$root"; fi
    add_services "$root"
    name_hosts "$root"
    name_netgroups "$root"
    mount_tmp "$root"
}

provide trixie htcondor
provide forky condor
