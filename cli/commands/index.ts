/** The table of subcommands; each is loaded only when it is called. */

/** A subcommand: `run` takes the arguments after its name and gives the exit code. */
export interface CommandModule {
  run(args: string[]): Promise<number>;
}

/** A row of the table. */
export interface CommandEntry {
  summary: string;
  load(): Promise<CommandModule>;
}

/** Every subcommand by name. */
export const commands: Record<string, CommandEntry> = {
  kernel: { summary: "install, remove or start the Jupyter kernel", load: () => import("./kernel.ts") },
};
