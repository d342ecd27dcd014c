/** `residency lab`: starts JupyterLab with the kernel in it, without installing anything. */
import { parseArgs } from "node:util";
import { startLab } from "../lab/index.ts";

const help = `Usage: residency lab [NOTEBOOK or FOLDER] [-- options of jupyter lab]

Starts JupyterLab from PATH; the TypeScript kernel is in it for this run, also when it was never installed. Ctrl-C ends
both. Options behind -- go to jupyter lab, such as: residency lab -- --no-browser --port 9999
`;

/** Runs the command and gives its exit code. */
export async function run(args: string[]): Promise<number> {
  const end = args.indexOf("--");
  const [own, passed] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end + 1)];
  const { values, positionals } = parseArgs({
    args: own,
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (positionals.length > 1) {
    process.stderr.write(`residency lab: name one notebook or folder, not ${positionals.length}\n\n${help}`);
    return 2;
  }
  const [target] = positionals;
  return startLab({ ...(target === undefined ? {} : { target }), options: passed });
}
