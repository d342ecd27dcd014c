/** `residency pretrain`: trains the small base model `intern` on texts that the project generates itself. */
import path from "node:path";
import { parseArgs } from "node:util";
import { ResidencyError } from "../../lib/errors.ts";
import { assetPath, type TrainerCallback } from "../../lib/index.ts";
import { modelShapes, pretrain, type ModelSize, type PretrainPhase } from "../pretrain/index.ts";
import {
  createLiveTerminal,
  formatCount,
  formatDuration,
  formatPlainProgress,
  formatProgress,
  type LiveTerminal,
  type Progress,
} from "../terminal/index.ts";

const sizes = Object.keys(modelShapes) as ModelSize[];

const help = `Usage: residency pretrain [--notes FILE] [--questions FILE] [--out DIR] [--tokens N] [--size SIZE] [--resume] [options]

Trains a Llama of a few million parameters, with a vocabulary of its own, on clinical notes and on general texts drawn from a seed,
and writes it as a Hugging Face folder: config.json, model.safetensors (bfloat16), tokenizer, model card, data card, loss curve.
Ctrl-C saves a checkpoint and ends; --resume goes on from it.

  --notes FILE    JSON Lines with "note", and "case_report" and "split" where there are some, as residency corpus writes
                  them; only the split "train" is trained on (default: the notes that ship)
  --questions FILE  JSON Lines with "patient_id", "question" and "answer" about these notes, as residency corpus writes them;
                  most notes are then followed by theirs (default: those that ship, with the notes that
                  ship; else none)
  --out DIR       where the model goes (default: out/intern)
  --work DIR      where checkpoints go (default: OUT-run)
  --size SIZE     small, base or large: 3.3, 5.7 or 9.3 million parameters; tiny, to try the command (default: base)
  --tokens N      tokens to train on (default: 12000000, under an hour on two cores)
  --general P     percent of them that are general texts (default: 45)
  --vocab N       tokens of the vocabulary (default: 6144)
  --seed N        a whole number; the same seed gives the same weights on the same machine (default: 1)
  --resume        go on from the newest checkpoint of --work; start anew when there is none
  --json          print the outcome as one line of JSON

Exit code: 0 when the model is written; 130 after Ctrl-C; 1 on any error.
`;

function wholeNumber(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= low && value <= high) return value;
  throw new ResidencyError(
    "E_CONFIG",
    `Cannot use --${name} ${text}: give a whole number from ${low} to ${high}`,
  );
}

/** Shows what is being done, step by step while it trains. */
function reporting(terminal: LiveTerminal): {
  callback: TrainerCallback;
  onPhase: (phase: PretrainPhase) => void;
} {
  const show = (progress: Progress): void =>
    terminal.status(formatProgress(progress, process.stderr.columns), formatPlainProgress(progress));
  return {
    onPhase({ label, done, total = 0 }) {
      if (done === undefined) terminal.status(`${label}…`, `${label}…`);
      else show({ label, step: done, total, unit: "tokens" });
    },
    callback: {
      onStepEnd: ({ step, maxSteps, loss, tokensPerSecond, secondsLeft }) =>
        show({ label: "train", step, total: maxSteps, loss, tokensPerSecond, etaSeconds: secondsLeft }),
      onEvaluate({ logHistory, step }) {
        terminal.line(
          `step ${step}  loss on held-out texts ${(logHistory.at(-1)?.evalLoss ?? NaN).toFixed(4)}`,
        );
      },
      onTrainEnd: () => terminal.clear(),
    },
  };
}

/** Runs the command and gives its exit code. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      notes: { type: "string" },
      questions: { type: "string" },
      out: { type: "string", default: "out/intern" },
      work: { type: "string" },
      size: { type: "string", default: "base" },
      tokens: { type: "string", default: "12000000" },
      general: { type: "string", default: "45" },
      vocab: { type: "string", default: "6144" },
      seed: { type: "string", default: "1" },
      resume: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const abort = new AbortController();
  // The second Ctrl-C ends the process as it always does.
  process.once("SIGINT", () => abort.abort());
  const terminal = createLiveTerminal(process.stderr);
  const { callback, onPhase } = reporting(terminal);
  try {
    const size = sizes.find((name) => name === values.size);
    if (!size) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot use --size ${values.size}: it must be one of ${sizes.join(", ")}`,
      );
    }
    const questions =
      values.questions ?? (values.notes === undefined ? assetPath("corpus", "train.jsonl.gz") : undefined);
    const outcome = await pretrain({
      notes: values.notes ?? assetPath("corpus", "notes.jsonl.gz"),
      ...(questions !== undefined && { questions }),
      out: values.out,
      work: values.work ?? `${path.resolve(values.out)}-run`,
      size,
      vocabSize: wholeNumber("vocab", values.vocab, 300, 65_536),
      tokens: wholeNumber("tokens", values.tokens, 1000, 2_000_000_000),
      generalShare: wholeNumber("general", values.general, 0, 100) / 100,
      copyQuestions: 100,
      seed: wholeNumber("seed", values.seed, 0, 999_999_999),
      resume: values.resume,
      signal: abort.signal,
      callbacks: [callback],
      onPhase,
    });
    terminal.clear();
    const { out, parameters, tokens, minutes, heldOutLoss, copyAccuracy, noCurve } = outcome;
    if (noCurve !== undefined) {
      process.stderr.write(
        `The loss curve could not be drawn: ${noCurve}; training_log.json has its figures.\n`,
      );
    }
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ ok: true, ...outcome })}\n`
        : `${out}: ${formatCount(parameters)} parameters, ${formatCount(tokens)} tokens in ${formatDuration(60 * minutes)}; loss on ` +
            `held-out texts ${heldOutLoss.clinical.toFixed(3)} (clinical), ${heldOutLoss.general.toFixed(3)} (general); ` +
            `${Math.round(100 * copyAccuracy)} % of made-up records looked up rightly\n`,
    );
    return 0;
  } catch (error) {
    terminal.clear();
    if (!(error instanceof ResidencyError)) throw error;
    const { code, message } = error;
    if (values.json) process.stdout.write(`${JSON.stringify({ ok: false, error: { code, message } })}\n`);
    else process.stderr.write(`residency pretrain: ${code}: ${message}\n`);
    if (code === "E_INTERRUPTED" && !values.json) {
      process.stderr.write("The same command with --resume goes on from there.\n");
    }
    return code === "E_INTERRUPTED" ? 130 : 1;
  }
}
