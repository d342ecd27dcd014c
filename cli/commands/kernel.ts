/** `residency kernel`: install, remove or start the Jupyter kernel. */
import { parseArgs } from "node:util";

const help = `Usage: residency kernel install   [--user | --sys-prefix | --prefix DIR] [--name NAME] [--display-name TEXT]
                                [--node PATH] [--json]
       residency kernel uninstall [--user | --sys-prefix | --prefix DIR] [--name NAME] [--json]
       residency kernel start --connection-file FILE [--allow-unsigned]

install      tells Jupyter about the kernel, for this user unless another place is named
uninstall    removes it from the same place
start        runs a kernel; Jupyter calls this

  --user               for this user only (the default)
  --sys-prefix         in the active Python environment
  --prefix DIR         below DIR, in share/jupyter/kernels
  --name NAME          the kernel's name (default: residency, with --node residency-node22 and the like)
  --display-name TEXT  what people see (default: TypeScript (Residency))
  --node PATH          run on this Node; otherwise on the one that is on PATH when the kernel starts
  --json               print the result as JSON
  --connection-file F  the file in which Jupyter says where to listen
  --allow-unsigned     accept a connection file without a key

Inputs are kept for later sessions in residency/history.jsonl of Jupyter's data folder, for you alone;
RESIDENCY_HISTORY=off keeps none, RESIDENCY_HISTORY=FILE keeps them elsewhere.
`;

/** Runs the command and gives its exit code. */
export async function run(args: string[]): Promise<number> {
  const [action, ...rest] = args;
  if (action === "--help" || action === "-h" || rest.includes("--help")) {
    process.stdout.write(help);
    return 0;
  }
  switch (action) {
    case "start":
      return start(rest);
    case "install":
    case "uninstall":
      // Starting the kernel loads none of this.
      return (await import("../install/index.ts")).changeKernel(action, rest);
    default:
      process.stderr.write(
        `residency kernel: ${action ? `unknown action "${action}"` : "an action is missing"}\n\n${help}`,
      );
      return 2;
  }
}

async function start(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { "connection-file": { type: "string" }, "allow-unsigned": { type: "boolean", default: false } },
  });
  const connectionFile = values["connection-file"];
  if (connectionFile === undefined) {
    process.stderr.write("residency kernel start: --connection-file FILE is missing; Jupyter gives it.\n");
    return 2;
  }
  // Nothing else is loaded before the sockets are bound.
  const { runKernelProcess } = await import("../../kernel/session/index.ts");
  const allowUnsigned = values["allow-unsigned"];
  const code = await runKernelProcess({ connectionFile, allowUnsigned, keepHistory: true });
  // Sockets and pipes of the executor would keep the process for a moment.
  process.exit(code);
}
