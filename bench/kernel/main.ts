/** `npm run bench:kernel`: compares this kernel with others in one run, the kernels in turns. */
import os from "node:os";
import { parseArgs } from "node:util";
import { findKernels } from "./kernels.ts";
import { createSharedSessions, takeSamples } from "./measurement.ts";
import type { RowResult } from "./measurement.ts";
import { measurements } from "./measurements/index.ts";
import { startSession } from "./session.ts";
import { formatTable, spreadOf } from "./table.ts";

const help = `Usage: npm run bench:kernel -- [--json] [--kernel WORD]… [--row WORD]…

  --json         every sample, with least, middle and greatest, as JSON
  --kernel WORD  only kernels whose name holds the word, such as tslab
  --row WORD     only rows whose name holds the word, such as interrupt

RESIDENCY_PYTHON names a Python that has ipykernel, RESIDENCY_DENO a Deno; both are left out where they do not run.
`;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    kernel: { type: "string", multiple: true, default: [] },
    row: { type: "string", multiple: true, default: [] },
    help: { type: "boolean", short: "h", default: false },
  },
});

function holdsWord(text: string, words: readonly string[]): boolean {
  return words.length === 0 || words.some((word) => text.toLowerCase().includes(word.toLowerCase()));
}

async function main(): Promise<void> {
  const found = findKernels();
  const kernels = found.kernels.filter(({ name }) => holdsWord(name, values.kernel));
  for (const line of found.missing) process.stderr.write(`left out: ${line}\n`);
  const [cpu] = os.cpus();
  const machine = {
    cores: os.cpus().length,
    model: cpu?.model.trim() ?? "unknown",
    node: process.version,
    system: `${os.type()} ${os.release()}`,
  };
  const sessions = createSharedSessions(startSession);
  const rows: RowResult[] = [];
  try {
    for (const measurement of measurements) {
      if (!measurement.rows.some(({ name }) => holdsWord(name, values.row))) continue;
      const names = measurement.rows.map(({ name }) => name).join("; ");
      process.stderr.write(`${names}\n`);
      rows.push(...(await takeSamples(measurement, kernels, sessions)));
    }
  } finally {
    await sessions.close();
  }
  const names = kernels.map(({ name }) => name);
  if (values.json) {
    const withSpread = rows.map((row) => ({
      ...row,
      spread: Object.fromEntries(names.map((name) => [name, spreadOf(row.samples[name] ?? [])])),
    }));
    process.stdout.write(`${JSON.stringify({ machine, rows: withSpread }, null, 2)}\n`);
  } else {
    process.stdout.write(
      `${machine.cores} cores, ${machine.model}, Node ${machine.node}, ${machine.system}; ` +
        `median (least to greatest)\n\n${formatTable(names, rows)}\n`,
    );
  }
}

if (values.help) process.stdout.write(help);
else await main();
// Sockets that still look for a killed kernel would keep the process.
process.exit();
