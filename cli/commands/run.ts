/** `residency run`: runs notebooks from top to bottom, saves what they put out, and writes a report. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { writeAtomically } from "../../grader/index.ts";
import { serializeNotebook } from "../../kernel/notebook/index.ts";
import { formatBytes } from "../../lib/memory/index.ts";
import { readMetrics, runNotebook, showRun } from "../run/index.ts";
import type { RunOutcome } from "../run/index.ts";
import { formatDuration } from "../terminal/index.ts";

const help = `Usage: residency run NOTEBOOK… [--output FILE] [--report FILE.html] [--timeout SECONDS] [--json]

Runs each notebook in a kernel of its own, cell by cell, and stops at the first cell that fails.

  --output FILE      the executed notebook (default: out/NAME.ipynb)
  --report FILE      one HTML page with text, code, outputs and figures, readable without a network
  --timeout SECONDS  the longest that one cell may take (default: no limit)
  --json             print what happened as JSON on standard output, progress on standard error

Ctrl-C interrupts the running cell and saves what ran; a second one ends at once. The kernel finds in
RESIDENCY_OUTPUT the folder of the executed notebook; a metrics.json that a notebook writes there heads its report.

Says at the end how much processor time, and how much memory at most, the kernel and this program took together; of several
notebooks for all of them, too. (On Linux; the other systems do not tell.)
Exit code: 0 when every cell ran, 1 when one failed, 130 after Ctrl-C.
`;

interface Target {
  notebook: string;
  output: string;
  report: string | undefined;
}

/** Runs the command; stops at the first notebook that does not run to its end. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      output: { type: "string", short: "o" },
      report: { type: "string" },
      timeout: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (positionals.length === 0) {
    process.stderr.write(`residency run: name a notebook\n\n${help}`);
    return 2;
  }
  if (positionals.length > 1 && (values.output ?? values.report) !== undefined) {
    process.stderr.write(
      "residency run: --output and --report name one file; run the notebooks one by one\n",
    );
    return 2;
  }
  const timeoutSeconds = values.timeout === undefined ? undefined : Number(values.timeout);
  if (timeoutSeconds !== undefined && !(timeoutSeconds > 0)) {
    process.stderr.write(
      `residency run: --timeout is ${values.timeout ?? ""}, it must be a number of seconds above 0\n`,
    );
    return 2;
  }
  const controller = new AbortController();
  const onInterrupt = () => controller.abort();
  process.once("SIGINT", onInterrupt);
  try {
    const usages: NonNullable<RunOutcome["usage"]>[] = [];
    for (const notebook of positionals) {
      const output = path.resolve(values.output ?? path.join("out", path.basename(notebook)));
      const report = values.report === undefined ? undefined : path.resolve(values.report);
      const target = { notebook, output, report };
      const { code, usage } = await runOne(target, timeoutSeconds, values.json ?? false, controller.signal);
      if (code !== 0) return code;
      if (usage) usages.push(usage);
    }
    if (positionals.length > 1 && usages.length === positionals.length) {
      const cpuSeconds = usages.reduce((sum, usage) => sum + usage.cpuSeconds, 0);
      const peakBytes = Math.max(...usages.map((usage) => usage.peakBytes));
      const screen = values.json ? process.stderr : process.stdout;
      screen.write(`${positionals.length} notebooks: ${usageText({ cpuSeconds, peakBytes })}\n`);
    }
    return 0;
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}

async function runOne(
  target: Target,
  timeoutSeconds: number | undefined,
  json: boolean,
  signal: AbortSignal,
): Promise<{ code: number; usage: RunOutcome["usage"] }> {
  const began = Date.now();
  const screen = json ? process.stderr : process.stdout;
  const listener = showRun(screen);
  const folder = path.dirname(target.output);
  await mkdir(folder, { recursive: true });
  let outcome: RunOutcome;
  try {
    outcome = await runNotebook(target.notebook, {
      listener,
      signal,
      env: { RESIDENCY_OUTPUT: folder },
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    });
  } finally {
    listener.close();
  }
  await writeAtomically(target.output, serializeNotebook(outcome.notebook));
  const text = outcomeText(outcome, timeoutSeconds);
  if (target.report !== undefined) {
    // Loaded here, since it brings the TypeScript compiler, which a start need not wait for.
    const { readPlotly, renderReport } = await import("../report/index.ts");
    const page = renderReport(outcome.notebook, {
      name: path.basename(target.notebook),
      seconds: outcome.seconds,
      outcome: { ok: outcome.status === "ok", text },
      metrics: await readMetrics(folder, began),
      plotlySource: readPlotly,
    });
    await writeAtomically(target.report, page);
  }
  const show = (file: string) => path.relative(process.cwd(), file);
  const { failure } = outcome;
  if (failure) {
    const { place } = failure;
    const traceback =
      failure.traceback.length > 0 ? failure.traceback.join("\n") : `${failure.ename}: ${failure.evalue}`;
    process.stderr.write(`\nCell ${place.number} of ${place.count} (${place.title}):\n${traceback}\n\n`);
  }
  const taken = outcome.usage ? `, ${usageText(outcome.usage)}` : "";
  const total = formatDuration((Date.now() - began) / 1000);
  const saved = [target.output, ...(target.report === undefined ? [] : [target.report])]
    .map(show)
    .join(" and ");
  screen.write(`${show(path.resolve(target.notebook))}: ${text} in ${total}${taken}; saved ${saved}\n`);
  if (json) process.stdout.write(`${JSON.stringify(summaryOf(target, outcome))}\n`);
  const code = outcome.status === "ok" ? 0 : outcome.status === "interrupted" ? 130 : 1;
  return { code, usage: outcome.usage };
}

function usageText({ cpuSeconds, peakBytes }: NonNullable<RunOutcome["usage"]>): string {
  return `${formatDuration(cpuSeconds)} of processor time, ${formatBytes(peakBytes)} at most`;
}

function outcomeText(outcome: RunOutcome, timeoutSeconds: number | undefined): string {
  const where = outcome.failure
    ? ` in cell ${outcome.failure.place.number} of ${outcome.failure.place.count}`
    : "";
  switch (outcome.status) {
    case "ok":
      return "every cell ran";
    case "failed":
      return `${outcome.failure?.ename ?? "failed"}${where}`;
    case "interrupted":
      return `interrupted${where}`;
    case "timeout":
      return `time limit of ${timeoutSeconds ?? 0} s passed${where}`;
  }
}

function summaryOf(target: Target, { status, seconds, failure, usage }: RunOutcome): object {
  return {
    notebook: target.notebook,
    status,
    output: target.output,
    report: target.report ?? null,
    cells: [...seconds].map(([index, value]) => ({ index, seconds: Number(value.toFixed(3)) })),
    cpuSeconds: usage ? Number(usage.cpuSeconds.toFixed(2)) : null,
    peakBytes: usage?.peakBytes ?? null,
    error: failure ? { index: failure.index, ename: failure.ename, evalue: failure.evalue } : null,
  };
}
