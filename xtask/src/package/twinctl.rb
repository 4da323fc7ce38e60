# The Homebrew formula of twinctl @VERSION@. `cargo xtask package` writes it.
class Twinctl < Formula
  desc "Puts a personal AI twin online from one YAML file, and keeps it there"
  homepage "https://github.com/@REPOSITORY@"
  version "@VERSION@"
  license "MIT"

@URLS@

  def install
    bin.install "twinctl"
    man1.install Dir["share/man/man1/*.1"]
    bash_completion.install "share/bash-completion/completions/twinctl"
    zsh_completion.install "share/zsh/vendor-completions/_twinctl"
    fish_completion.install "share/fish/vendor_completions.d/twinctl.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/twinctl version")
  end
end
