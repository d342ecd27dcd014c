/** `residency corpus --endpoint`: reads its options, shows the cost and the progress, and says what came of it. */
import { parseArgs } from "node:util";
import { ResidencyError } from "../../lib/index.ts";
import { formatCount, formatDuration, runInterruptible } from "../terminal/index.ts";
import { endpointCorpusCost, writeEndpointCorpus, type EndpointCorpus } from "./endpoint-corpus.ts";

/** The part of the command's help. */
export const endpointHelp = `
With a language model in place of the generator's sentences:
  residency corpus --endpoint URL --model NAME [--patients N] [--seed N] [--out DIR] [--estimate] [--json]
The case reports are the generator's; notes, questions and answers are written by the model, sieved, and asked for anew
where they are refused. Ctrl-C stops it; the same command goes on from what DIR/endpoint.jsonl holds.

  --endpoint URL       an OpenAI-compatible address up to its version, such as http://127.0.0.1:8000/v1
  --model NAME         the model's name there
  --key-variable NAME  the environment variable that holds the key (default: RESIDENCY_ENDPOINT_KEY; local servers need none)
  --patients N         how many (default: 100)       --out DIR   where to write (default: out/endpoint-corpus)
  --requests-per-minute N  (default: 60)             --concurrency N  patients in work at a time (default: 4)
  --attempts N         how often a request is tried that the endpoint fails (default: 5)
  --estimate           say requests, tokens, time and price, and ask for nothing
  --prompt-price P, --completion-price P   for a million tokens (default: 0)
`;

const options = {
  endpoint: { type: "string" },
  model: { type: "string" },
  "key-variable": { type: "string", default: "RESIDENCY_ENDPOINT_KEY" },
  patients: { type: "string", default: "100" },
  seed: { type: "string", default: "1" },
  out: { type: "string", default: "out/endpoint-corpus" },
  "requests-per-minute": { type: "string", default: "60" },
  concurrency: { type: "string", default: "4" },
  attempts: { type: "string", default: "5" },
  estimate: { type: "boolean", default: false },
  "prompt-price": { type: "string", default: "0" },
  "completion-price": { type: "string", default: "0" },
  json: { type: "boolean", default: false },
} as const;

function misuse(what: string): number {
  process.stderr.write(`residency corpus: ${what}\n`);
  return 2;
}

/** Runs the command; 2 for a wrong option, 130 after Ctrl-C, 1 for other failures. */
export async function runEndpointCorpus(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options });
  for (const name of ["patients", "seed", "concurrency", "attempts"] as const) {
    if (!/^\d{1,9}$/.test(values[name]))
      return misuse(`cannot use --${name} ${values[name]}: give a whole number, such as 1`);
  }
  for (const name of ["requests-per-minute", "prompt-price", "completion-price"] as const) {
    if (!/^\d+(?:\.\d+)?$/.test(values[name]))
      return misuse(`cannot use --${name} ${values[name]}: give a number, such as 60`);
  }
  const [patients, seed] = [Number(values.patients), Number(values.seed)];
  const requestsPerMinute = Number(values["requests-per-minute"]);
  const prices = {
    promptPrice: Number(values["prompt-price"]),
    completionPrice: Number(values["completion-price"]),
    requestsPerMinute,
  };
  return runInterruptible(
    { command: "residency corpus", label: "corpus", unit: "patients" },
    async ({ signal, progress }) => {
      const cost = endpointCorpusCost(patients, seed, prices);
      const summary =
        `${formatCount(cost.requests)} requests, about ${formatCount(cost.promptTokens)} tokens in prompts and ` +
        `${formatCount(cost.completionTokens)} in answers, ${formatDuration(cost.minutes * 60)} at least` +
        (cost.price > 0 ? `, price ${cost.price.toFixed(2)}` : "");
      if (values.estimate) return values.json ? `${JSON.stringify({ ok: true, cost })}\n` : `${summary}\n`;
      const { endpoint, model } = values;
      if (endpoint === undefined || model === undefined)
        throw new ResidencyError("E_CONFIG", "--endpoint and --model go together");
      process.stderr.write(`From the start: ${summary}\n`);
      const key = process.env[values["key-variable"]];
      const corpus = await writeEndpointCorpus({
        ...{ patients, seed, folder: values.out, concurrency: Number(values.concurrency) },
        client: {
          ...{ baseUrl: endpoint, model, requestsPerMinute, attempts: Number(values.attempts), signal },
          ...(key === undefined || key === "" ? {} : { apiKey: key }),
        },
        onProgress: progress,
      });
      return values.json ? `${JSON.stringify({ ok: true, ...corpus })}\n` : corpusText(corpus);
    },
  );
}

function corpusText({ files, withoutNote, faults, promptTokens, completionTokens }: EndpointCorpus): string {
  const refused = Object.entries(faults).map(([fault, count]) => `${fault} ${count}`);
  return [
    ...files.map(({ file, rows }) => `${file}: ${rows} rows`),
    `${formatCount(promptTokens)} tokens in prompts, ${formatCount(completionTokens)} in answers`,
    ...(refused.length > 0 ? [`texts that were not taken: ${refused.join(", ")}`] : []),
    ...(withoutNote > 0 ? [`${withoutNote} patients have no row`] : []),
    "",
  ].join("\n");
}
