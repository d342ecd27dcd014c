/** Types of training, data, tokenizers and estimates: the literals that are allowed, and what columns are called. */
import {
  AutoTokenizer,
  canYouRunIt,
  Dataset,
  DPOConfig,
  DPOTrainer,
  estimateMemory,
  ResidencyError,
  setBackend,
  SFTConfig,
  SFTTrainer,
  TrainingArguments,
  type BackendName,
  type DPORow,
  type ErrorCode,
  type PeftModel,
  type PreTrainedTokenizer,
  type SFTRow,
} from "residency";
import { sameType } from "./expect-type.ts";

/** Never called: what stands here has to compile, and each line behind an expected error must not. */
export function training(model: PeftModel, tokenizer: PreTrainedTokenizer) {
  new TrainingArguments({ optim: "adamw_8bit", lrSchedulerType: "cosine", saveStrategy: "steps" });
  // @ts-expect-error no optimiser of that name
  new TrainingArguments({ optim: "adamw_9bit" });
  // @ts-expect-error no schedule of that name
  new TrainingArguments({ lrSchedulerType: "cosinus" });
  // @ts-expect-error names are in camelCase
  new TrainingArguments({ learning_rate: 1e-4 });
  // @ts-expect-error a number, not a text
  new SFTConfig({ maxSteps: "100" });
  // @ts-expect-error no loss of that name
  new SFTConfig({ lossType: "sigmoid" });
  // @ts-expect-error no loss of that name
  new DPOConfig({ lossType: "sigmoidal" });
  const rows: SFTRow[] = [{ prompt: "a", completion: "b" }];
  const trainer = new SFTTrainer({
    model,
    tokenizer,
    trainDataset: rows,
    args: new SFTConfig({ maxSteps: 1 }),
  });
  sameType<typeof trainer.state.step, number>();
  const parts = { model, tokenizer, args: new SFTConfig({ lossType: "dft" }) };
  sameType<Awaited<ReturnType<typeof SFTTrainer.create>>["droppedRows"], number>();
  void SFTTrainer.create({ ...parts, trainDataset: rows }, { signal: new AbortController().signal });
  // @ts-expect-error rows of notes need a formattingFunc
  void SFTTrainer.create({ ...parts, trainDataset: [{ note: "a" }] });
  // @ts-expect-error an answer is called completion
  new SFTTrainer({ model, tokenizer, trainDataset: [{ prompt: "a", answer: "b" }], args: new SFTConfig({}) });
  const pairs: DPORow[] = [{ prompt: "a", chosen: "b", rejected: "c" }];
  new DPOTrainer({ model, tokenizer, trainDataset: pairs, args: new DPOConfig({ beta: 0.1 }) });
  sameType<Awaited<ReturnType<typeof DPOTrainer.create>>, DPOTrainer>();
  // @ts-expect-error a trainer on pairs has no settings of SFT
  void DPOTrainer.create({ model, tokenizer, trainDataset: pairs, args: new SFTConfig({}) });
  // @ts-expect-error a pair needs what was rejected
  new DPOTrainer({ model, tokenizer, trainDataset: [{ prompt: "a", chosen: "b" }], args: new DPOConfig({}) });
}

/** Data sets know their columns. */
export async function data() {
  const notes = Dataset.fromArray([{ note: "Dx: PNA", age: 61 }]);
  sameType<ReturnType<typeof notes.column<"age">>, number[]>();
  // @ts-expect-error no such column
  notes.column("diagnosis");
  const renamed = notes.renameColumn("note", "text");
  sameType<ReturnType<typeof renamed.column<"text">>, string[]>();
  // @ts-expect-error it has another name now
  renamed.column("note");
  const picked = notes.selectColumns(["age"]);
  sameType<(typeof picked extends Dataset<infer Row> ? Row : never)["age"], number>();
  // @ts-expect-error it was not selected
  picked.column("note");
  const lengths = notes.map(({ note }) => note.length);
  sameType<typeof lengths, Dataset<number>>();
  // @ts-expect-error a column of numbers has no text
  notes.map(({ age }) => age.length);
  const tokenizer = await AutoTokenizer.fromPretrained("assets/intern");
  sameType<ReturnType<typeof tokenizer.encode>, number[]>();
  sameType<ReturnType<typeof tokenizer.decode>, string>();
  sameType<ReturnType<typeof tokenizer.batchDecode>, string[]>();
  // @ts-expect-error a number is no text
  tokenizer.encode(7);
  // @ts-expect-error one text is no batch
  tokenizer.encodeBatch("a");
}

/** Estimates, backends and errors have closed lists of names. */
export async function names(config: Record<string, unknown>) {
  const { totalBytes } = estimateMemory(config, { method: "qlora", batch: 2, seq: 512, quantType: "nf4" });
  sameType<typeof totalBytes, number>();
  // @ts-expect-error the methods are full, lora, qlora and inference
  estimateMemory(config, { method: "adapter" });
  // @ts-expect-error a method has to be named
  estimateMemory(config, { batch: 2 });
  // @ts-expect-error the optimiser's name
  estimateMemory(config, { method: "full", optimizer: "adam" });
  const [answer] = canYouRunIt(config, { gpu: "T4" });
  sameType<typeof answer, NonNullable<typeof answer> | undefined>();
  const { name } = await setBackend("residency-cpu");
  sameType<typeof name, BackendName>();
  // @ts-expect-error no backend of that name
  await setBackend("cuda");
  const { code } = new ResidencyError("E_CONFIG", "Cannot");
  sameType<typeof code, ErrorCode>();
  // @ts-expect-error no code of that name
  new ResidencyError("E_NONE", "Cannot");
}
