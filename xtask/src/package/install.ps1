# Installs twinctl @VERSION@: downloads the archive for this machine, verifies its checksum, and copies the program.
#   $env:TWINCTL_INSTALL_DIR  folder of the program [default: ~\.twinctl\bin]
#   $env:TWINCTL_DOWNLOAD     address of the release's files
$ErrorActionPreference = "Stop"

$download = "https://github.com/@REPOSITORY@/releases/download/v@VERSION@"
if ($env:TWINCTL_DOWNLOAD) { $download = $env:TWINCTL_DOWNLOAD }
$folder = Join-Path $HOME ".twinctl\bin"
if ($env:TWINCTL_INSTALL_DIR) { $folder = $env:TWINCTL_INSTALL_DIR }
$name = "twinctl-@VERSION@-x86_64-pc-windows-msvc"
$checksum = "@CHECKSUM@"

$temporary = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
New-Item -ItemType Directory $temporary | Out-Null
try {
    $archive = Join-Path $temporary "$name.tar.gz"
    Invoke-WebRequest "$download/$name.tar.gz" -OutFile $archive -UseBasicParsing
    $found = (Get-FileHash $archive -Algorithm SHA256).Hash.ToLower()
    if ($found -ne $checksum) {
        throw "$name.tar.gz has the checksum $found, but $checksum is expected. Nothing was installed"
    }
    tar -xzf $archive -C $temporary
    New-Item -ItemType Directory -Force $folder | Out-Null
    $program = Join-Path $folder "twinctl.exe"
    # A program that runs can be renamed, but not replaced.
    Remove-Item "$program.old-*" -ErrorAction SilentlyContinue
    if (Test-Path $program) { Move-Item $program "$program.old-$(Get-Random)" }
    Copy-Item (Join-Path $temporary "$name\twinctl.exe") $program
    Write-Output "installed $folder\twinctl.exe; add $folder to your PATH"
} finally {
    Remove-Item -Recurse -Force $temporary
}
