#!/bin/sh
# Build a free-threaded Python 3.13 from Debian's source package, in about four minutes on two
# cores. For a Debian-like machine that reaches Debian's packages but not python.org. Elsewhere:
#   uv python install 3.14t
#
#   sh build-free-threaded.sh FOLDER
#   python3 course.py record gil-and-concurrency --python FOLDER/python3.13t/bin/python3.13t
#
# Needs gcc, make, dpkg-dev and an archive key ring (debian-archive-keyring). It installs nothing
# outside FOLDER. FOLDER/python3.13t is what remains useful.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: sh $0 FOLDER" >&2
    exit 2
fi
mkdir -p "$1"
here=$(cd "$1" && pwd)
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

# An apt of its own, so that neither the machine's sources nor its lists are touched.
apt="$here/apt"
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/etc"
cat > "$apt/sources.list" <<EOF
deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main
EOF
: > "$apt/status"
apt_get() {
    apt-get -qq \
        -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" \
        -o Dir::Cache="$apt/cache" -o Acquire::Languages=none \
        -o APT::Sandbox::User="$(id -un)" "$@"
}
apt_get update
cd "$here"
apt_get source --download-only python3.13
rm -rf source
# Debian's patches rename folders for Debian's own packages; the pristine source has none of that.
dpkg-source --skip-patches -x python3.13_*.dsc source

cd source
./configure --quiet --disable-gil --disable-test-modules --with-ensurepip=no \
    --prefix="$here/python3.13t"
make -s -j2
make -s install
rm -rf "$here/source" "$here/python3.13t/lib/python3.13t/config-"*
"$here/python3.13t/bin/python3.13t" -VV
