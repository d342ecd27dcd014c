/** `residency serve`: a page on this machine on which a base model and its tuned twin answer side by side. */
import { parseArgs } from "node:util";
import { ResidencyError } from "../../lib/errors.ts";
import { assetPath, ensureBackend } from "../../lib/index.ts";
import { loadServedModels, readServedNotes, serve } from "../serve/index.ts";

const help = `Usage: residency serve ADAPTER [--model MODEL] [--notes FILE] [--port N] [--max-new-tokens N] [--json]

Opens a page on 127.0.0.1, for this machine alone: choose a note, ask, and read how the base model and the tuned one answer
side by side, token by token, coloured by probability. ADAPTER is a folder that PEFT or this library wrote, or owner/name of
the hub. The page is at the address that is printed; keep it to yourself, since it holds the page's key. Ctrl-C ends it.

  --model MODEL         the base model: a folder or owner/name (default: the one that the adapter names)
  --notes FILE          JSON Lines with "note", and "question" and "answer" where there are some (default: the held-out
                        rows of the synthetic corpus)
  --port N              where to listen (default: a free port)
  --max-new-tokens N    the page's first value for the length of an answer (default: 64)
  --json                print the address as one line of JSON
`;

/** A whole number of the command line within its range. */
function wholeNumber(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= low && value <= high) return value;
  throw new ResidencyError(
    "E_CONFIG",
    `Cannot use --${name} ${text}: give a whole number from ${low} to ${high}`,
  );
}

/** Resolves when the process is asked to end. */
function asked(): Promise<void> {
  return new Promise((resolve) => {
    // The second Ctrl-C ends the process as it always does.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}

/** Runs the command and gives its exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      model: { type: "string" },
      notes: { type: "string" },
      port: { type: "string", default: "0" },
      "max-new-tokens": { type: "string", default: "64" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [adapter, ...rest] = positionals;
  if (adapter === undefined || rest.length > 0) {
    process.stderr.write(`residency serve: give one adapter\n\n${help}`);
    return 2;
  }
  try {
    const port = wholeNumber("port", values.port, 0, 65_535);
    const maxNewTokens = wholeNumber("max-new-tokens", values["max-new-tokens"], 1, 1_000_000);
    const notes = await readServedNotes(values.notes ?? assetPath("corpus", "test.jsonl.gz"));
    const backend = await ensureBackend();
    const models = await loadServedModels(adapter, { model: values.model });
    const served = await serve({ models, notes, port, maxNewTokens });
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ ok: true, address: served.address, port: served.port, backend: backend.name })}\n`
        : `${models.model} without and with ${adapter}, on ${backend.name}\n\n  ${served.address}\n\nCtrl-C ends it.\n`,
    );
    await asked();
    await served.close();
    return 0;
  } catch (error) {
    if (!(error instanceof ResidencyError)) throw error;
    const { code, message } = error;
    if (values.json) process.stdout.write(`${JSON.stringify({ ok: false, error: { code, message } })}\n`);
    else process.stderr.write(`residency serve: ${code}: ${message}\n`);
    return 1;
  }
}
