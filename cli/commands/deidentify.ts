/** `residency deidentify`: replaces identifiers of clinical texts by made-up ones, and moves each patient's dates. */
import path from "node:path";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { deidentifySecret, type DeidentifySource } from "../../lib/clinical/index.ts";
import { ResidencyError } from "../../lib/index.ts";
import { deidentifyFile } from "../deidentify/index.ts";
import { formatCount, runInterruptible } from "../terminal/index.ts";

const secretVariable = "RESIDENCY_DEIDENTIFY_SECRET";
const seedVariable = "RESIDENCY_DEIDENTIFY_SEED";

const help = `Usage: residency deidentify FILE [--out FILE] [options]

Finds HIPAA's 18 identifiers by rules and puts made-up ones in their place: the same for a patient throughout, dates moved by
one number of days a patient. FILE is JSON Lines (.jsonl) with a row a note, or any other text, which is one note.
Rules do not find everything: a person has to read what leaves the house.

  --out FILE     where to write (default: out/deidentified/NAME)
  --key FIELD    the field that says whose row it is (default: patient_id); like all fields without text it stays as it is
  --field FIELD  a field with text, as often as there are such (default: note, case_report, question and answer)
  --names FILE   names that the records are known to hold, one a line; they are found without a title, too
  --seed N       for tests alone: draw from a whole number, which is no protection, since all can be tried
  --json         print { ok, output, rows, found } as JSON

Surrogates are drawn from a secret of 256 bits that is new each time and kept nowhere. To draw the same ones for other files or again, set
${secretVariable} to at least 32 hexadecimal digits (openssl rand -hex 32), or to a long passphrase, and keep it
secret: whoever has it can undo the shift of dates. Ctrl-C leaves nothing behind.
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
      seed: { type: "string" },
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
  const source = sourceOf(values.seed);
  if (typeof source === "string") return misuse(source);
  return runInterruptible(
    { command: "residency deidentify", label: "deidentify", unit: "bytes" },
    async ({ signal, progress }) => {
      const result = await deidentifyFile({
        ...{ ...source, file, key: values.key, signal, onProgress: progress },
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

/** What surrogates are drawn from; a text that says what is wrong. The values are secrets, and so in no message. */
function sourceOf(option: string | undefined): DeidentifySource | string {
  const secret = process.env[secretVariable];
  const seed = option ?? process.env[seedVariable];
  if (secret !== undefined && seed !== undefined)
    return `give ${secretVariable} or a seed, not both; the seed is for tests`;
  if (seed !== undefined) {
    if (!/^\d{1,9}$/.test(seed)) return "a seed is a whole number of at most nine digits";
    process.stderr.write(
      "residency deidentify: warning: a seed is no protection, since whoever has the output can try all; release nothing that was " +
        `drawn from one. Leave it out, or set ${secretVariable}\n`,
    );
    return { seed: Number(seed) };
  }
  try {
    return { secret: deidentifySecret(secret) };
  } catch (error) {
    if (error instanceof ResidencyError) return `${secretVariable}: ${error.message}`;
    throw error;
  }
}

async function readNames(file: string): Promise<string[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ResidencyError("E_DATASET", `Cannot read the names: ${reason}`, { cause });
  });
  return text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
}
