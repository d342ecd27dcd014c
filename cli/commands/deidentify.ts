/** `residency deidentify`: replaces identifiers of clinical texts by made-up ones, and moves each patient's dates. */
import path from "node:path";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { ResidencyError } from "../../lib/index.ts";
import { deidentifyFile } from "../deidentify/index.ts";
import { formatCount, runInterruptible } from "../terminal/index.ts";

const seedVariable = "RESIDENCY_DEIDENTIFY_SEED";

const help = `Usage: ${seedVariable}=N residency deidentify FILE [--out FILE] [options]

Finds HIPAA's 18 identifiers by rules and puts made-up ones in their place: the same for a patient throughout, dates moved by
one number of days a patient. FILE is JSON Lines (.jsonl) with a row a note, or any other text, which is one note.
Rules do not find everything: a person has to read what leaves the house.

  --out FILE     where to write (default: out/deidentified/NAME)
  --key FIELD    the field that says whose row it is (default: patient_id); like all fields without text it stays as it is
  --field FIELD  a field with text, as often as there are such (default: note, case_report, question and answer)
  --names FILE   names that the records are known to hold, one a line; they are found without a title, too
  --json         print { ok, output, rows, found } as JSON

${seedVariable} is a whole number that you choose and keep secret: whoever has it can undo the shift of dates. With the
same number the same files give the same bytes. Ctrl-C leaves nothing behind.
`;

function misuse(what: string): number {
  process.stderr.write(`residency deidentify: ${what}\n`);
  return 2;
}

/** Runs the command; 2 for a wrong option, 130 after Ctrl-C, 1 for other failures. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      out: { type: "string" },
      key: { type: "string", default: "patient_id" },
      field: { type: "string", multiple: true },
      names: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) return misuse("name one file");
  const seed = process.env[seedVariable];
  // The value is a secret, and so in no message.
  if (seed === undefined || !/^\d{1,9}$/.test(seed))
    return misuse(`set ${seedVariable} to a secret whole number of at most nine digits`);
  return runInterruptible(
    { command: "residency deidentify", label: "deidentify", unit: "bytes" },
    async ({ signal, progress }) => {
      const result = await deidentifyFile({
        ...{ file, seed: Number(seed), key: values.key, signal, onProgress: progress },
        output: values.out ?? path.join("out/deidentified", path.basename(file)),
        fields: values.field ?? ["note", "case_report", "question", "answer"],
        names: values.names === undefined ? [] : await readNames(values.names),
      });
      if (values.json) return `${JSON.stringify({ ok: true, ...result })}\n`;
      const kinds = Object.entries(result.found).map(([kind, count]) => `${kind} ${formatCount(count)}`);
      const rows = `${formatCount(result.rows)} ${result.rows === 1 ? "row" : "rows"}`;
      return `${result.output}: ${rows}\nreplaced: ${kinds.join(", ") || "nothing"}\n`;
    },
  );
}

async function readNames(file: string): Promise<string[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ResidencyError("E_DATASET", `Cannot read the names: ${reason}`, { cause });
  });
  return text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
}
