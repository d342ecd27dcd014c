/** `residency corpus`: writes synthetic patients with case reports, notes, questions and answers. */
import { parseArgs } from "node:util";
import { noteLengths, type NoteLength } from "../../lib/clinical/index.ts";
import { endpointHelp, runEndpointCorpus, writeCorpus } from "../corpus/index.ts";
import { formatDuration, runInterruptible } from "../terminal/index.ts";

const help = `Usage: residency corpus [--patients N] [--seed N] [--length LENGTH] [--out DIR] [--gzip] [--json]
        residency corpus --endpoint URL --model NAME [options]

Writes made-up patients, each with a case report, a discharge note, and one question for each of the eight tasks:
DIR/notes.jsonl (patient_id, split, specialty, condition, case_report, note) and DIR/train.jsonl, validation.jsonl and
test.jsonl (patient_id, note, question, answer, task, facts). A patient is in one split with everything.

  --patients N         how many (default: 2000); a larger corpus begins with the smaller one
  --seed N             a whole number; the same seed gives the same bytes (default: 1)
  --length LENGTH      words of a note: short (110 to 200), standard (140 to 220, default) or long (200 to 340)
  --unanswerable SHARE share of questions that the note does not answer, of those tasks that have such (default: 0.12)
  --out DIR            where to write (default: out/corpus)
  --gzip               compress, to .jsonl.gz
  --json               print the files as JSON
${endpointHelp}`;

function misuse(what: string): number {
  process.stderr.write(`residency corpus: ${what}\n`);
  return 2;
}

/** Runs the command. */
export async function run(args: string[]): Promise<number> {
  const isHelp = args.includes("--help") || args.includes("-h");
  if (!isHelp && args.some((arg) => /^--(?:endpoint|model|estimate)(?:=|$)/.test(arg)))
    return runEndpointCorpus(args);
  const { values } = parseArgs({
    args,
    options: {
      patients: { type: "string", default: "2000" },
      seed: { type: "string", default: "1" },
      length: { type: "string", default: "standard" },
      unanswerable: { type: "string", default: "0.12" },
      out: { type: "string", default: "out/corpus" },
      gzip: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  for (const name of ["patients", "seed"] as const) {
    if (!/^\d{1,9}$/.test(values[name])) {
      return misuse(`cannot use --${name} ${values[name]}: give a whole number, such as 1`);
    }
  }
  const seed = Number(values.seed);
  if (!Object.hasOwn(noteLengths, values.length)) {
    return misuse(`cannot use --length ${values.length}: give ${Object.keys(noteLengths).join(", ")}`);
  }
  const length = values.length as NoteLength;

  const start = performance.now();
  return runInterruptible(
    { command: "residency corpus", label: "corpus", unit: "patients" },
    async ({ signal, progress }) => {
      const files = await writeCorpus({
        ...{ patients: Number(values.patients), seed, length, unanswerable: Number(values.unanswerable) },
        ...{ folder: values.out, gzip: values.gzip, signal, onProgress: progress },
      });
      if (values.json) return `${JSON.stringify({ ok: true, files })}\n`;
      const seconds = (performance.now() - start) / 1000;
      return `${files.map(({ file, rows }) => `${file}: ${rows} rows\n`).join("")}${formatDuration(seconds)}\n`;
    },
  );
}
