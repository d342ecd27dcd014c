/** `residency doctor`: looks whether everything works here, and says what to do where it does not. */
import { parseArgs } from "node:util";
import { packageVersions } from "../../kernel/install/index.ts";
import { examine, formatFinding, formatSummary } from "../doctor/index.ts";
import { createPainter } from "../terminal/index.ts";

const help = `Usage: residency doctor [--json]

Checks Node, memory, the package, ZeroMQ, the kernel, the backends, Jupyter and the kernelspec, and says what to do.

  --json   print the findings as JSON

Exit code: 0 when nothing failed, warnings or not; 1 otherwise.
`;

/** Runs the command and gives its exit code. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const paint = createPainter(process.stdout);
  let title = "";
  if (!values.json) process.stdout.write(`Residency ${packageVersions().version}\n\n`);
  const findings = await examine((finding) => {
    if (values.json) return;
    process.stdout.write(formatFinding(finding, paint, finding.title === title));
    title = finding.title;
  });
  const ok = findings.every(({ status }) => status !== "failure");
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ version: packageVersions().version, ok, findings }, null, 2)}\n`
      : `\n${formatSummary(findings, paint)}`,
  );
  return ok ? 0 : 1;
}
