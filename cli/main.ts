#!/usr/bin/env node
/** The `residency` command: finds the subcommand, runs it, and turns its outcome into an exit code. */
import { commands } from "./commands/index.ts";

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
