/** The page's work, which runs in Node too: five LoRA steps on the model that ships, and an answer of what was trained. */
import {
  AutoModelForCausalLM,
  AutoTokenizer,
  generateText,
  getPeftModel,
  LoraConfig,
  PeftModel,
  readJsonlFile,
  setBackend,
  SFTConfig,
  SFTTrainer,
  type BackendName,
} from "residency";
import { formatExample, formatPrompt, parseClinicalRow } from "residency/clinical";

/** How the recipe runs. */
export interface RecipeOptions {
  /** The package's `assets`: a folder's path in Node, an address in a browser. */
  assets: string;
  /** The backend; the best that works here when left out. */
  backend?: BackendName;
  steps?: number;
  /** Told each step's loss, while the run goes on. */
  onStep?: (step: number, loss: number) => void;
}

/** What the recipe gives. */
export interface RecipeResult {
  /** The backend and why it was taken. */
  backend: string;
  reason: string;
  losses: number[];
  /** The answer of the trained model to the first question that it was not trained on. */
  answer: string;
  /** The answer of the adapter after it was saved and loaded again. */
  answerAfterLoading: string;
  /** Milliseconds of the training alone. */
  trainingTime: number;
}

/** Trains, saves, loads again, and answers. */
export async function fineTuneIntern({
  assets,
  backend,
  steps = 5,
  onStep,
}: RecipeOptions): Promise<RecipeResult> {
  const chosen = await setBackend(backend);
  const tokenizer = await AutoTokenizer.fromPretrained(`${assets}/intern`);
  const model = await AutoModelForCausalLM.fromPretrained(`${assets}/intern`);
  const rows = await readJsonlFile(`${assets}/corpus/test.jsonl.gz`, { parse: parseClinicalRow });
  const peft = getPeftModel(
    model,
    new LoraConfig({ r: 8, loraAlpha: 16, targetModules: ["q_proj", "v_proj", "up_proj", "down_proj"] }),
    { seed: 1 },
  );
  const losses: number[] = [];
  const trainer = new SFTTrainer({
    model: peft,
    tokenizer,
    trainDataset: rows.slice(1, 21).map(formatExample),
    args: new SFTConfig({
      maxSteps: steps,
      perDeviceTrainBatchSize: 2,
      learningRate: 2e-3,
      maxLength: 448,
      loggingSteps: 1,
      seed: 1,
    }),
    callbacks: [
      {
        onLog({ logHistory }) {
          const { step, loss } = logHistory.at(-1)!;
          if (loss === undefined) return;
          losses.push(loss);
          onStep?.(step, loss);
        },
      },
    ],
  });
  const begin = performance.now();
  await trainer.train();
  const trainingTime = performance.now() - begin;
  const ask = async (asked: typeof peft): Promise<string> =>
    (await generateText(asked, tokenizer, [formatPrompt(rows[0]!)], { maxNewTokens: 24 }))[0]!;
  const answer = await ask(peft);
  await peft.savePretrained("/tmp/residency-recipe");
  peft.unload();
  const loaded = await PeftModel.fromPretrained(model, "/tmp/residency-recipe");
  const answerAfterLoading = await ask(loaded);
  model.dispose();
  return {
    backend: chosen.name,
    reason: chosen.reason,
    losses,
    answer,
    answerAfterLoading,
    trainingTime,
  };
}
