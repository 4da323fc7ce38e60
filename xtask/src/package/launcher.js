#!/usr/bin/env node
// Runs the twinctl of this platform's package.
const { spawn } = require("node:child_process");

const platform = `twinctl-${process.platform}-${process.arch}`;
let program;
try {
  program = require.resolve(`${platform}/twinctl${process.platform === "win32" ? ".exe" : ""}`);
} catch {
  console.error(`error: the package ${platform} is not installed`);
  process.exit(1);
}
const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
// The terminal sends Ctrl-C to both processes. twinctl decides when to exit.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("error", (error) => {
  console.error(`error: ${program} cannot be run: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(signal ? 1 : code));
