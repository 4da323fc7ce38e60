#!/bin/sh
# Installs twinctl @VERSION@: downloads the archive for this machine, verifies its checksum, and copies the program.
#   TWINCTL_INSTALL_DIR  folder of the program [default: ~/.local/bin]
#   TWINCTL_DOWNLOAD     address of the release's files
set -eu

download=${TWINCTL_DOWNLOAD:-https://github.com/@REPOSITORY@/releases/download/v@VERSION@}
folder=${TWINCTL_INSTALL_DIR:-$HOME/.local/bin}

fail() {
    echo "error: $1" >&2
    exit 1
}

case "$(uname -s) $(uname -m)" in
@CASES@
*) fail "there is no twinctl for $(uname -s) on $(uname -m); build it from source" ;;
esac

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
archive=twinctl-@VERSION@-$target.tar.gz

if command -v curl >/dev/null; then
    curl --fail --location --silent --show-error --output "$temporary/$archive" "$download/$archive"
elif command -v wget >/dev/null; then
    wget --quiet --output-document "$temporary/$archive" "$download/$archive"
else
    fail "install curl or wget"
fi

if command -v sha256sum >/dev/null; then
    found=$(sha256sum "$temporary/$archive")
else
    found=$(shasum -a 256 "$temporary/$archive")
fi
[ "${found%% *}" = "$checksum" ] || fail "$archive has the checksum ${found%% *}, but $checksum is expected. Nothing was installed"

tar -xzf "$temporary/$archive" -C "$temporary"
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
# A rename, because a running program cannot be overwritten.
cp "$temporary/twinctl-@VERSION@-$target/twinctl" "$folder/.twinctl.new"
chmod 755 "$folder/.twinctl.new"
mv "$folder/.twinctl.new" "$folder/twinctl"
# `twinctl upgrade` replaces only what this file names.
receipt=${XDG_DATA_HOME:-$HOME/.local/share}/twinctl
mkdir -p "$receipt"
printf 'program=%s\ntarget=%s\nrepository=%s\n' "$folder/twinctl" "$target" '@REPOSITORY@' >"$receipt/receipt"
echo "installed $folder/twinctl"
case ":$PATH:" in
*":$folder:"*) ;;
*) echo "add $folder to your PATH" ;;
esac
