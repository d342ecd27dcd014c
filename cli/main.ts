#!/usr/bin/env node
/** The `residency` command: finds the subcommand, runs it, and turns its outcome into an exit code. */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  // Before anything else is loaded, which an older Node may not even be able to read.
  process.stderr.write(
    `residency: Node.js 20.19 or later is needed, this is ${process.version} at ${process.execPath}. ` +
      "Install a newer one (https://nodejs.org), or point the kernel to one: residency kernel install --node PATH\n",
  );
  process.exit(1);
}
const { commands } = await import("./commands/index.ts");

const [name = "--help", ...args] = process.argv.slice(2);
if (name === "--help" || name === "-h" || name === "help") {
  process.stdout.write("Usage: residency COMMAND [options]\n\nCommands:\n");
  for (const [key, command] of Object.entries(commands)) {
    process.stdout.write(`  ${key.padEnd(10)} ${command.summary}\n`);
  }
  process.stdout.write("\nresidency COMMAND --help says more of each.\n");
} else {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    process.stderr.write(
      `residency: unknown command "${name}"; allowed: ${Object.keys(commands).join(", ")}\n`,
    );
    process.exitCode = 2;
  } else {
    try {
      const module = await command.load();
      process.exitCode = await module.run(args);
    } catch (error) {
      process.stderr.write(`residency ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  }
}
