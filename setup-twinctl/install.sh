#!/usr/bin/env bash
# Installs twinctl on a runner of GitHub Actions: downloads the archive of a version, verifies its checksum, and adds the
# program to the path of the later steps. The checksum is an input, so a release that was replaced is not installed.
#   VERSION, CHECKSUM, REPOSITORY  inputs of the action
#   TWINCTL_DOWNLOAD               address of the release's files
set -euo pipefail

fail() {
    echo "::error::$1"
    exit 1
}

[[ "$VERSION" =~ ^[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*$ ]] || fail "the version $VERSION is not of the form 0.1.0"
[[ "$CHECKSUM" =~ ^[0-9a-f]{64}$ ]] || fail "the checksum is not a SHA-256 hash"
case "$(uname -s) $(uname -m)" in
"Linux x86_64") target=x86_64-unknown-linux-gnu ;;
"Linux aarch64") target=aarch64-unknown-linux-gnu ;;
"Darwin x86_64") target=x86_64-apple-darwin ;;
"Darwin arm64") target=aarch64-apple-darwin ;;
*) fail "there is no twinctl for $(uname -s) on $(uname -m)" ;;
esac

name="twinctl-$VERSION-$target"
folder="$RUNNER_TEMP/$name"
download="${TWINCTL_DOWNLOAD:-https://github.com/$REPOSITORY/releases/download/v$VERSION}"
mkdir -p "$folder"
curl --fail --location --silent --show-error --retry 3 --output "$folder.tar.gz" "$download/$name.tar.gz"
found="$(shasum -a 256 "$folder.tar.gz")"
[ "${found%% *}" = "$CHECKSUM" ] || fail "$name.tar.gz has the checksum ${found%% *}, but $CHECKSUM is expected"
tar -xzf "$folder.tar.gz" -C "$RUNNER_TEMP" "$name/twinctl"
"$folder/twinctl" version
echo "$folder" >>"$GITHUB_PATH"
echo "path=$folder/twinctl" >>"$GITHUB_OUTPUT"
