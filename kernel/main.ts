/** The kernel as a program: `node main.js --connection-file FILE`. */
import { parseArgs } from "node:util";
import { runKernelProcess } from "./session/process.ts";

const { values } = parseArgs({
  options: { "connection-file": { type: "string" }, "allow-unsigned": { type: "boolean", default: false } },
});
const connectionFile = values["connection-file"];
if (connectionFile === undefined) {
  process.stderr.write("residency kernel: --connection-file FILE is missing; Jupyter gives it.\n");
  process.exitCode = 2;
} else {
  try {
    const allowUnsigned = values["allow-unsigned"];
    process.exit(await runKernelProcess({ connectionFile, allowUnsigned }));
  } catch (error) {
    process.stderr.write(`residency kernel: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
