/**
 * Notebook 14: a small clinical language model, fine-tuned on instructions from data to comparison.
 *
 * title: Clinical supervised fine-tuning
 * goal: look at data before training on it, and prove that no patient is on both sides
 * goal: put a note and a question into a prompt, and take the loss on the answer alone
 * goal: write a configuration that the compiler finds complete
 * goal: fine-tune a pre-trained model with LoRA, stop it and go on to the same bits
 * goal: compare base and tuned model by facts, on patients that neither has seen
 * reading: 40 minutes
 * running: 4 minutes on two cores
 * memory: 1.2 GB
 * needs: cross-entropy (notebook 03), instructions (07), the pipeline (10), LoRA (12)
 * graded: seven exercises, 17 points, and one report for a person to read
 * previous: 13, QLoRA
 * next: 15, Compare, evaluate, publish
 */

// %% [markdown]
/*
Asclepius (Kweon and Kim et al., ACL 2024 Findings) showed that a clinical model can be trained without a single real
patient: case reports become synthetic notes, notes become instructions, instructions become answers. We walk the
talk's hands-on session from end to end, with a model small enough for a laptop.
*/

// %% setup id=setup
import { SFTConfig as Config, SFTTrainer as Tuner } from "residency";
import { Trainer as PlainTrainer, TrainingArguments as PlainArguments } from "residency";
import { clinicalTasks as everyTask, formatExample as toExample } from "residency/clinical";
import { checkEqual, checkSameType } from "residency/exercise";
import { initializeWeights as drawWeights, modelFromConfig as buildModel } from "residency/models";

// %% import what the data needs
import { assetPath, readJsonlFile } from "residency";
import { checkAnswer, clinicalTasks, formatExample } from "residency/clinical";
import { parseCorpusInstructionRow, parseCorpusNoteRow } from "residency/clinical";

// %% import the charts
import { display, html } from "residency/cell";
import { barChart, groupedBarChart, histogram, lineChart } from "residency/viz";

// %% choose how long it may take output=varies
import { setBackend } from "residency";
const fast = process.env["RESIDENCY_FAST"] === "1"; // a minute instead of four, and a worse model
const maxSteps = fast ? 24 : 240;
const backend = await setBackend();
console.log(`${backend.name}: ${backend.reason}; ${maxSteps} training steps`);

// %% [markdown]
/*
## Step 1: the data

Notebook 10 built the pipeline; here is what it made: 2,000 synthetic patients, each with a case report, a discharge
note, and one question for each of Asclepius' eight tasks. Patients were dealt into three files before anything else.
*/

// %% load the three files
const read = (split: string) =>
  readJsonlFile(assetPath("corpus", `${split}.jsonl.gz`), { parse: parseCorpusInstructionRow });
const notes = await readJsonlFile(assetPath("corpus", "notes.jsonl.gz"), { parse: parseCorpusNoteRow });
const allTrainRows = await read("train");
const validationRows = await read("validation");
const testRows = await read("test");
for (const [name, { length }] of Object.entries({ notes, allTrainRows, validationRows, testRows }))
  console.log(`${name}: ${length.toLocaleString("en-US")}`);

// %% read one note
console.log(notes[0]!.note);

// %% [markdown]
/*
Headers, acronyms, a typo here and there: the texture of a discharge summary, and not a word about a real person. The
talk keeps notes of fewer than 1,500 characters. Would that cut anything here?
*/

// %% draw the lengths of the notes
const characters = notes.map(({ note }) => note.length);
console.log(`the longest has ${Math.max(...characters).toLocaleString("en-US")} characters`);
histogram(characters, { title: "Length of the notes", xLabel: "characters", yLabel: "notes", bins: 30 });

// %% [markdown]
/*
A model is bad at tasks that it rarely saw, so count them, and then read one of each. Reading ten rows has saved more
training runs than any metric.
*/

// %% count the tasks
const taskCounts = Object.fromEntries(
  clinicalTasks.map((task) => [task, allTrainRows.filter((row) => row.task === task).length]),
);
barChart(taskCounts, { title: "Training rows by task", xLabel: "", yLabel: "rows" });

// %% read one row of each task
for (const task of clinicalTasks) {
  const { question, answer } = allTrainRows.find((row) => row.task === task)!;
  console.log(`${task}\n  Q: ${question}\n  A: ${answer}`);
}

// %% [markdown]
/*
## A split that leaks

Eight rows speak about the same note. Whoever shuffles **rows** and cuts the pile in two has the same patients on both
sides, and a model that remembers then looks like a model that reads. How bad would that be?
*/

// %% the wrong split, once
const byRow = allTrainRows.filter((_, index) => index % 20 === 7); // a row in twenty, wherever it falls
const rowsInTest = new Set(byRow);
const others = allTrainRows.filter((row) => !rowsInTest.has(row));
const otherPatients = new Set(others.map(({ patientId }) => patientId));
const known = byRow.filter(({ patientId }) => otherPatients.has(patientId)).length;
console.log(`${known} of ${byRow.length} such rows are about patients of the other rows`);

// %% exercise id=leaks title="Find the leak" difficulty=2 importance=5 minutes=10 hint="A `Map` from patient to the set of splits that have it: more than one is a leak." hint="The same note under another patient's id is a leak as well. Compare notes without regard to spaces at the ends." hint="Collect the ids in a `Set`, and sort them as numbers: `[...ids].sort((a, b) => a - b)`."
/*
Complete `leakingPatients`: the ids of all patients that have rows in more than one split, and of patients whose
**note** stands, but for spaces around it, in another split under another id. Sorted, each once.

You should see four check marks below.
*/
/** What a split's rows are looked at for. */
interface SplitRow {
  patientId: number;
  note: string;
}
/** The patients that are in more than one split, by id or by note. */
function leakingPatients(splits: Readonly<Record<string, readonly SplitRow[]>>): number[] {
  // BEGIN SOLUTION
  const splitsOf = new Map<string, Set<string>>();
  const keysOf = ({ patientId, note }: SplitRow) => [`id ${patientId}`, `note ${note.trim()}`];
  for (const [split, rows] of Object.entries(splits))
    for (const key of rows.flatMap(keysOf)) splitsOf.set(key, (splitsOf.get(key) ?? new Set()).add(split));
  const leaks = Object.values(splits)
    .flat()
    .filter((row) => keysOf(row).some((key) => splitsOf.get(key)!.size > 1));
  return [...new Set(leaks.map(({ patientId }) => patientId))].sort((a, b) => a - b);
  // END SOLUTION
}

// %% tests points=2
const rowOf = (patientId: number, note = `note ${patientId}`): SplitRow => ({ patientId, note });
checkEqual("no leak", leakingPatients({ train: [rowOf(1), rowOf(1), rowOf(2)], test: [rowOf(3)] }), []);
const shared = {
  train: [rowOf(10), rowOf(9)],
  validation: [rowOf(4)],
  test: [rowOf(9), rowOf(10), rowOf(9)],
};
checkEqual("a patient on both sides", leakingPatients(shared), [9, 10]);
const copied = { train: [rowOf(1, "Dx: PNA\n")], validation: [], test: [rowOf(7, " Dx: PNA"), rowOf(8)] };
checkEqual("a note under another id", leakingPatients(copied), [1, 7]);
const between = { train: [rowOf(1)], validation: [rowOf(2)], test: [rowOf(2)] };
checkEqual("between validation and test", leakingPatients(between), [2]);
// BEGIN HIDDEN TESTS: ids sort as numbers, and one split alone cannot leak
const many = Array.from({ length: 12 }, (_, index) => rowOf(index + 1));
checkEqual("hidden: sorted as numbers", leakingPatients({ a: many, b: many }).at(-1), 12);
checkEqual("hidden: one split", leakingPatients({ train: [...many, ...many] }), []);
// END HIDDEN TESTS

// %% mutant title="looks at ids alone" caught="a note under another id"
/*
  const seen = new Map<number, Set<string>>();
  for (const [split, rows] of Object.entries(splits))
    for (const { patientId } of rows) seen.set(patientId, (seen.get(patientId) ?? new Set()).add(split));
  return [...seen].filter(([, where]) => where.size > 1).map(([id]) => id).sort((a, b) => a - b);
*/

// %% mutant title="compares train and test alone" caught="between validation and test"
/*
  const ids = new Set(splits["train"]?.map(({ patientId }) => patientId));
  const texts = new Map(splits["train"]?.map(({ note, patientId }) => [note.trim(), patientId]));
  const leaks = (splits["test"] ?? []).filter((row) => ids.has(row.patientId) || texts.has(row.note.trim()));
  const both = leaks.flatMap((row) => [row.patientId, texts.get(row.note.trim()) ?? row.patientId]);
  return [...new Set(both)].sort((a, b) => a - b);
*/

// %% mutant title="sorts ids as text" caught="a patient on both sides"
/*
  const splitsOf = new Map<string, Set<string>>();
  const keysOf = ({ patientId, note }: SplitRow) => [`id ${patientId}`, `note ${note.trim()}`];
  for (const [split, rows] of Object.entries(splits))
    for (const key of rows.flatMap(keysOf)) splitsOf.set(key, (splitsOf.get(key) ?? new Set()).add(split));
  const leaks = Object.values(splits).flat().filter((row) => keysOf(row).some((key) => splitsOf.get(key)!.size > 1));
  return [...new Set(leaks.map(({ patientId }) => patientId))].sort();
*/

// %% mutant title="a patient with several rows is a leak" caught="no leak"
/*
  const rows = Object.values(splits).flat();
  const count = (pick: (row: SplitRow) => unknown, value: unknown) => rows.filter((row) => pick(row) === value).length;
  const leaks = rows.filter(
    (row) => count((r) => r.patientId, row.patientId) > 1 || count((r) => r.note.trim(), row.note.trim()) > 1,
  );
  return [...new Set(leaks.map(({ patientId }) => patientId))].sort((a, b) => a - b);
*/

// %% the patients of the three files
const patientsOf = (rows: readonly { patientId: number }[]) =>
  new Set(rows.map(({ patientId }) => patientId));
const seen = new Set([...patientsOf(allTrainRows), ...patientsOf(validationRows)]);
console.log(`${patientsOf(testRows).size} patients for the test`);
console.log(
  testRows.filter(({ patientId }) => seen.has(patientId)).length,
  "test rows are about a seen patient",
);

// %% [markdown]
/*
Nobody. So a good figure on the test file will mean reading, and not remembering.

## Step 2: tokens and template

The model of this course is `intern`, a small Llama that this project pre-trained on text that it generated itself. It
brings its own tokenizer. With the hub in reach, another name in the next cell makes this a notebook about that model:
`"HuggingFaceTB/SmolLM2-135M"`, `"Qwen/Qwen2.5-0.5B"`, the talk's `"microsoft/phi-2"`.
*/

// %% load the tokenizer
import { AutoTokenizer } from "residency";
const modelName = assetPath("intern"); // the one line to change
const tokenizer = await AutoTokenizer.fromPretrained(modelName);
console.log(tokenizer.vocabSize.toLocaleString("en-US"), "tokens");
console.log(tokenizer.tokenize("Pt was given furosemide.").join(" "));
console.log(tokenizer.tokenize("Pt was given psittacosin.").join(" "));

// %% [markdown]
/*
A word that the notes use often is one token, another falls into pieces, down to single bytes; nothing is ever unknown.

The talk's notebook sets `tokenizer.padding_sight = "right"`. Python takes any name, so nothing happens, and nobody
notices. Here the same line does not compile:
*/

// %% the talk's typo
// @ts-expect-error: Property 'padding_sight' does not exist. Take this line away, and the cell does not compile.
tokenizer.padding_sight = "left";
console.log("padding goes to the", tokenizer.paddingSide);

// %% [markdown]
/*
The frame is the talk's. The prompt ends at `Output:`, and the answer begins with a space, since in this tokenizer a
space belongs to the word behind it.
*/

// %% format one example
const example = formatExample(allTrainRows[0]!);
console.log(example.prompt + "█" + example.completion);

// %% [markdown]
/*
How many tokens is that? The talk keeps rows of at most 320 tokens. A limit is a property of a tokenizer, so count
before you copy it.
*/

// %% measure the lengths in tokens
const sample = allTrainRows.filter((_, index) => index % 10 === 0);
const lengthOf = (row: (typeof sample)[number]) => {
  const { prompt, completion } = formatExample(row);
  return tokenizer.encode(prompt).length + tokenizer.encode(completion).length + 1;
};
const lengths = sample.map(lengthOf);
for (const limit of [320, 448, 512])
  console.log(
    `at most ${limit}: ${lengths.filter((length) => length <= limit).length} of ${lengths.length} rows`,
  );

// %% draw the lengths in tokens
histogram(lengths, { title: "Length of the examples", xLabel: "tokens", yLabel: "examples", bins: 30 });

// %% [markdown]
/*
With the talk's 320 we would throw nearly everything away; with a `maxLength` that is too small the trainer would cut
the **end** of a row, where the answer stands. So we filter by a limit that fits, and let nothing be cut.
*/

// %% exercise id=filter title="Keep whole rows" difficulty=2 importance=4 minutes=8 hint="Count the prompt, the completion and one more: the token that ends the text." hint="A row with an empty answer teaches a model to say nothing; spaces are no answer." hint="The result keeps the order: `rows.filter(…)`."
/*
Complete `keepWhole`: the rows whose prompt, completion and end token fit into `maxLength` together, and whose answer
is not blank. `count` gives the tokens of a text. Nothing is changed or cut.

You should see four check marks below.
*/
/** The rows that fit whole, in their order. */
function keepWhole<Row extends { note: string; question: string; answer: string }>(
  rows: readonly Row[],
  { maxLength, count }: { maxLength: number; count: (text: string) => number },
): Row[] {
  // BEGIN SOLUTION
  return rows.filter((row) => {
    const { prompt, completion } = formatExample(row);
    return row.answer.trim() !== "" && count(prompt) + count(completion) + 1 <= maxLength;
  });
  // END SOLUTION
}

// %% tests points=2
const words = (text: string) => text.split(/\s+/).filter((word) => word !== "").length;
const asked = { note: "Dx: PNA", question: "Diagnosis?" };
const frame = words(toExample({ ...asked, answer: "" }).prompt);
const two = [
  { ...asked, answer: "Pneumonia" },
  { ...asked, answer: "Pneumonia, most likely" },
];
const kept = (maxLength: number) => keepWhole(two, { maxLength, count: words });
checkEqual("both fit", kept(frame + 4), two);
checkEqual("the end token counts", kept(frame + 3), [two[0]!]);
checkEqual("the prompt counts", kept(5), []);
const blank = [{ ...asked, answer: " " }, two[0]!];
checkEqual("a blank answer goes", keepWhole(blank, { maxLength: 999, count: words }), [two[0]!]);
// BEGIN HIDDEN TESTS: rows are the caller's own
checkEqual("hidden: the same objects", kept(frame + 4)[1] === two[1], true);
// END HIDDEN TESTS

// %% mutant title="forgets the end token" caught="the end token counts"
/*
  return rows.filter((row) => {
    const { prompt, completion } = formatExample(row);
    return row.answer.trim() !== "" && count(prompt) + count(completion) <= maxLength;
  });
*/

// %% mutant title="counts the answer alone" caught="the end token counts"
/*
  return rows.filter((row) => row.answer.trim() !== "" && count(formatExample(row).completion) + 1 <= maxLength);
*/

// %% mutant title="keeps blank answers" caught="a blank answer goes"
/*
  return rows.filter((row) => {
    const { prompt, completion } = formatExample(row);
    return count(prompt) + count(completion) + 1 <= maxLength;
  });
*/

// %% mutant title="gives copies" caught="hidden: the same objects"
/*
  return rows
    .filter((row) => {
      const { prompt, completion } = formatExample(row);
      return row.answer.trim() !== "" && count(prompt) + count(completion) + 1 <= maxLength;
    })
    .map((row) => ({ ...row }));
*/

// %% filter, and take what we have time for
const maxLength = 448;
const fits = (row: (typeof sample)[number]) => lengthOf(row) <= maxLength;
const trainRows = allTrainRows.slice(0, 3000).filter(fits);
console.log(`${trainRows.length.toLocaleString("en-US")} rows to train on`);

// %% [markdown]
/*
## Step 3: the mask

The loss is taken on the answer and on the token that ends it. The talk's template forgets that token, and its
collator masks it even where there is one: such a model never learns to stop (notebook 07 shows it). Blue is trained
on, the rest is only read.
*/

// %% show what is trained on
import { maskView, SFTConfig } from "residency";
import { tokenizeSFTRow } from "residency/train";
const shown = trainRows
  .slice(0, 1)
  .map((row) => tokenizeSFTRow(formatExample(row), tokenizer, new SFTConfig()));
maskView(shown, tokenizer);

// %% how little that is
const { counts } = maskView(
  sample.slice(0, 200).map((row) => tokenizeSFTRow(formatExample(row), tokenizer, new SFTConfig())),
  tokenizer,
);
console.log(`${counts.trained} of ${counts.tokens} tokens of 200 rows are trained on`);

// %% [markdown]
/*
## Step 4: the base model

`intern` has the layout of Llama: RMSNorm, rotary positions, grouped-query attention, SwiGLU. It loads like any
Hugging Face folder, since it is one.
*/

// %% load the base model
import { AutoModelForCausalLM, getPeftModel, LoraConfig } from "residency";
const model = await AutoModelForCausalLM.fromPretrained(modelName);
const { hiddenSize, numHiddenLayers, numAttentionHeads, numKeyValueHeads } = model.config;
console.log({ hiddenSize, numHiddenLayers, numAttentionHeads, numKeyValueHeads });

// %% let the base model write output=varies
import { generateText } from "residency";
import { formatPrompt } from "residency/clinical";
const beginning = notes[0]!.note.slice(0, 120);
const [asNote, asAnswer] = await generateText(model, tokenizer, [beginning, formatPrompt(testRows[0]!)], {
  maxNewTokens: 40,
});
console.log(`${beginning}█${asNote}\n`);
console.log(`${testRows[0]!.question} █${asAnswer}`);

// %% [markdown]
/*
Given the beginning of a note, it goes on as a note. Given a question in a form that it has never seen, it goes on as
well, and may even hit the answer; but it has not been told what is wanted of it, or where an answer ends.
*/

// %% add an adapter
const peft = getPeftModel(
  model,
  new LoraConfig({
    r: 16,
    loraAlpha: 32,
    targetModules: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
  }),
);
peft.printTrainableParameters();

// %% [markdown]
/*
## Step 5: a configuration that is complete

The talk's configuration says no seed, and gives the length by a name, `max_seq_length`, that TRL has since replaced by
`max_length`. A run that cannot be repeated is an anecdote. TypeScript can insist: from the options of `SFTConfig`, all
optional, we make a type in which some are not.
*/

// %% all optional
type Options = NonNullable<ConstructorParameters<typeof SFTConfig>[0]>;
const nothingSaid: Options = {}; // compiles: everything has a default
nothingSaid;

// %% exercise id=complete title="A type that insists" difficulty=3 importance=4 minutes=12 hint="`Pick<T, Keys>` has some fields of a type, `Required<…>` makes them needed." hint="An intersection has both: `T & Required<Pick<T, Keys>>`." hint="`Keys extends keyof T` refuses names that T does not have, such as a misspelt one."
/*
Complete the type `Complete<T, Keys>`: `T`, with the fields `Keys` needed instead of optional. A name in `Keys` that
`T` does not have must not compile.

You should see four check marks below, and four lines that must not compile do not.
*/
/** T, in which the fields Keys may not be left out. */
type Complete<T, Keys extends keyof T> =
  // BEGIN SOLUTION: T;
  T & Required<Pick<T, Keys>>;
// END SOLUTION

// %% tests points=3
interface Settings {
  seed?: number;
  maxLength?: number;
  learningRate?: number;
}
const needs = (settings: Complete<Settings, "seed" | "maxLength">) => settings;
const said = { seed: 1, maxLength: 448 };
checkEqual("what is needed was said", needs(said), said);
// @ts-expect-error: the seed is missing
needs({ maxLength: 448 });
// @ts-expect-error: undefined is no seed
needs({ seed: undefined, maxLength: 448 });
// @ts-expect-error: a misspelt field
needs({ seed: 1, maxLength: 448, learningRat: 1 });
// @ts-expect-error: a name that the type does not have
const misnamed = (settings: Complete<Settings, "sead">) => settings;
checkEqual("a wrong name does not compile", typeof misnamed, "function");
checkSameType<number, Complete<Settings, "seed">["seed"]>("the seed is a number");
checkSameType<number | undefined, Complete<Settings, "seed">["learningRate"]>("the rest stays optional");
// BEGIN HIDDEN TESTS: other types, and no field at all
checkSameType<string, Complete<{ a?: string; b?: number }, "a">["a"]>("hidden: another type");
const free: Complete<Settings, never> = {};
checkEqual("hidden: nothing needed", free, {});
// END HIDDEN TESTS

// %% mutant title="everything stays optional" caught="Unused '@ts-expect-error' directive"
/*
  T;
*/

// %% mutant title="everything is needed" caught="is missing in type"
/*
  Required<T>;
*/

// %% mutant title="the needed fields alone" caught="does not exist"
/*
  Required<Pick<T, Keys>>;
*/

// %% mutant title="needed, but undefined will do" caught="Unused '@ts-expect-error' directive"
/*
  T & { [Key in Keys]: T[Key] };
*/

// %% [markdown]
/*
How many steps is an epoch? Rows come in micro-batches, and some of them make one step of the optimiser. The last step
of an epoch may have fewer. Warm-up is a share of all steps, rounded up.
*/

// %% exercise id=steps title="Count the steps" difficulty=2 importance=4 minutes=8 hint="Micro-batches of an epoch: rows / batch, rounded up. Steps of an epoch: micro-batches / accumulation, rounded up." hint="Round for each epoch, then multiply: an epoch does not lend its rest to the next." hint="`Math.ceil(total * warmupRatio)`."
/*
Complete `stepsOf`: the optimiser's steps of a run, and how many of them warm up, rounded up. You should see four check
marks below. The talk trains 2,000 rows once, in batches of 2 and 8 of them a step.
*/
/** Steps of a run. */
function stepsOf(run: {
  rows: number;
  batch: number;
  accumulation: number;
  epochs: number;
  warmupRatio: number;
}): { total: number; warmup: number } {
  // BEGIN SOLUTION
  const microBatches = Math.ceil(run.rows / run.batch);
  const total = Math.ceil(microBatches / run.accumulation) * run.epochs;
  return { total, warmup: Math.ceil(total * run.warmupRatio) };
  // END SOLUTION
}

// %% tests points=2
const talkRun = { rows: 2000, batch: 2, accumulation: 8, epochs: 1, warmupRatio: 0.03 };
checkEqual("the talk's run", stepsOf(talkRun), { total: 125, warmup: 4 });
checkEqual("a last step that is not full", stepsOf({ ...talkRun, rows: 2001 }).total, 126);
checkEqual("two epochs round twice", stepsOf({ ...talkRun, rows: 17, epochs: 2 }).total, 4);
checkEqual("no warm-up", stepsOf({ ...talkRun, warmupRatio: 0 }).warmup, 0);
// BEGIN HIDDEN TESTS: a quarter of a step warms up, too; the trainer counts the same
checkEqual("hidden: warm-up rounds up", stepsOf({ ...talkRun, warmupRatio: 0.09 }).warmup, 12);
const tinyLlama = {
  ...{ model_type: "llama", vocab_size: 16, hidden_size: 8, intermediate_size: 16, num_hidden_layers: 1 },
  ...{ num_attention_heads: 2, num_key_value_heads: 1 },
};
const countedBy = async (rows: number, batch: number, accumulation: number) => {
  const small = buildModel(tinyLlama);
  drawWeights(small, { seed: 1, layers: 1 });
  const args = new PlainArguments({
    ...{ perDeviceTrainBatchSize: batch, gradientAccumulationSteps: accumulation, numTrainEpochs: 2 },
    ...{ learningRate: 1e-3, disableTqdm: true },
  });
  const inputIds = [1, 2, 3];
  const trainDataset = Array.from({ length: rows }, () => ({ inputIds, labels: inputIds }));
  return (await new PlainTrainer({ model: small, trainDataset, args }).train()).globalStep;
};
const mine = stepsOf({ rows: 7, batch: 2, accumulation: 3, epochs: 2, warmupRatio: 0 }).total;
checkEqual("hidden: as the trainer", mine, await countedBy(7, 2, 3));
// END HIDDEN TESTS

// %% mutant title="rounds down" caught="a last step that is not full"
/*
  const total = Math.floor(run.rows / (run.batch * run.accumulation)) * run.epochs;
  return { total, warmup: Math.ceil(total * run.warmupRatio) };
*/

// %% mutant title="rounds all epochs together" caught="two epochs round twice"
/*
  const total = Math.ceil((run.epochs * run.rows) / (run.batch * run.accumulation));
  return { total, warmup: Math.ceil(total * run.warmupRatio) };
*/

// %% mutant title="forgets accumulation" caught="the talk's run"
/*
  const total = Math.ceil(run.rows / run.batch) * run.epochs;
  return { total, warmup: Math.ceil(total * run.warmupRatio) };
*/

// %% mutant title="warm-up rounds to the nearest" caught="hidden: warm-up rounds up"
/*
  const total = Math.ceil(Math.ceil(run.rows / run.batch) / run.accumulation) * run.epochs;
  return { total, warmup: Math.round(total * run.warmupRatio) };
*/

// %% mutant title="warm-up rounds down" caught="the talk's run"
/*
  const total = Math.ceil(Math.ceil(run.rows / run.batch) / run.accumulation) * run.epochs;
  return { total, warmup: Math.floor(total * run.warmupRatio) };
*/

// %% the configuration of this run
const folder = process.env["RESIDENCY_OUTPUT"] ?? "out/clinical-sft";
const needed = { maxSteps, maxLength, seed: 1, learningRate: 1e-3 };
const config = new SFTConfig({
  ...needed,
  ...{ perDeviceTrainBatchSize: 4, gradientAccumulationSteps: 2, perDeviceEvalBatchSize: 8, loggingSteps: 5 },
  ...{ lrSchedulerType: "cosine", warmupRatio: 0.03, trainSamplingStrategy: "group_by_length" },
  ...{ evalStrategy: "steps", evalSteps: fast ? 20 : 60 },
  ...{ outputDir: `${folder}/checkpoints-${maxSteps}`, saveSteps: 20, saveTotalLimit: 1 },
});
console.log(`${maxSteps} steps of 8 rows: ${((8 * maxSteps) / trainRows.length).toFixed(2)} epochs`);

// %% build the trainer
import { liveTraining, progressDisplay, SFTTrainer } from "residency";
const every = <Row>(rows: readonly Row[], wanted: number) =>
  rows.filter((_, index) => index % Math.ceil(rows.length / wanted) === 0);
const validationExamples = every(validationRows, fast ? 16 : 64)
  .filter(fits)
  .map(formatExample);
const trainer = new SFTTrainer({
  model: peft,
  tokenizer,
  trainDataset: trainRows.map(formatExample),
  evalDataset: validationExamples,
  args: config,
  callbacks: [liveTraining(display)],
});
console.log(`${trainer.cutRows} rows are cut, ${trainer.droppedRows} dropped`);

// %% [markdown]
/*
## What to measure

The talk ends with ten answers that one looks at. We measure before training and after it: the loss on the answers about
**validation** patients, and, for **test** patients, the **token F1** of the answers that the model writes itself, and
whether the **facts** in them are right.
*/

// %% two answers to one question
import { tokenF1 } from "residency";
const dated = testRows.find(({ facts, answer }) => facts[0]?.kind === "day" && /\d\.?$/.test(answer))!;
const oneDigitOff = dated.answer.replace(/\d(?=\.?$)/, (digit) => String((Number(digit) + 1) % 10));
for (const answer of [dated.answer, oneDigitOff]) {
  const f1 = tokenF1(answer, dated.answer).toFixed(2);
  console.log(
    `${answer}  token F1 ${f1}, ${checkAnswer(dated.task, dated, answer).correct ? "right" : "wrong"}`,
  );
}

// %% [markdown]
/*
One digit makes another day. Token F1 may be kind to such an answer where it is long; a patient would not be. Every row
of the corpus carries the facts that its answer comes from, so `checkAnswer` can tell.
*/

// %% exercise id=by-task title="Right facts, by task" difficulty=2 importance=4 minutes=10 hint="`checkAnswer(row.task, row, answer).correct` judges one answer." hint="Go through `clinicalTasks`, so that the order is that of the tasks and none is missing." hint="A task without rows has no share: `null`, and not 0 or NaN."
/*
Complete `rightByTask`: for each of the eight tasks, in the order of `clinicalTasks`, how many answers there are, how
many have their facts right, and the share; `null` for a task without rows. More answers than rows, or fewer, is a
`RangeError`.

You should see four check marks below.
*/
/** How often the facts are right. */
interface TaskScore {
  task: string;
  right: number;
  rows: number;
  share: number | null;
}
/** The scores of answers to rows, by task. */
function rightByTask(
  rows: readonly ReturnType<typeof parseCorpusInstructionRow>[],
  answers: readonly string[],
): TaskScore[] {
  // BEGIN SOLUTION
  if (rows.length !== answers.length)
    throw new RangeError(`${answers.length} answers to ${rows.length} questions`);
  const right = rows.map((row, index) => checkAnswer(row.task, row, answers[index]!).correct);
  return clinicalTasks.map((task) => {
    const own = right.filter((_, index) => rows[index]!.task === task);
    const good = own.filter(Boolean).length;
    return { task, right: good, rows: own.length, share: own.length === 0 ? null : good / own.length };
  });
  // END SOLUTION
}

// %% tests points=2
type Row = ReturnType<typeof parseCorpusInstructionRow>;
const asksDose = { patientId: 1, note: "apixaban 5 mg PO BID", question: "Which dose?", answer: "5 mg." };
const dose: Row = {
  ...{ ...asksDose, task: "Relation Extraction", facts: [{ kind: "value", value: "5", unit: "mg" }] },
};
const asksCough = { patientId: 2, note: "Has a cough.", question: "Cough?", answer: "Yes." };
const yes: Row = { ...asksCough, task: "Question Answering", facts: [{ kind: "polarity", yes: true }] };
const scored = rightByTask([dose, dose, yes], ["It is 5 mg.", "10 mg.", "Yes."]);
const scoreOf = (task: string) => scored.find((score) => score.task === task);
checkEqual("one dose of two", scoreOf("Relation Extraction")?.share, 0.5);
checkEqual("yes", scoreOf("Question Answering"), { task: "Question Answering", right: 1, rows: 1, share: 1 });
const names = scored.map(({ task }) => task);
checkEqual("eight tasks in their order", names, [...everyTask]);
checkEqual("no rows, no share", scoreOf("Summarization")?.share, null);
// BEGIN HIDDEN TESTS: an answer is missing, or one too many
const refuses = (rows: Row[], answers: string[]) => {
  try {
    return rightByTask(rows, answers).length;
  } catch (error) {
    return error instanceof RangeError;
  }
};
checkEqual("hidden: a missing answer", refuses([yes, yes], ["Yes."]), true);
checkEqual("hidden: an answer too many", refuses([yes], ["Yes.", "No."]), true);
// END HIDDEN TESTS

// %% mutant title="compares letters" caught="one dose of two"
/*
  if (rows.length !== answers.length) throw new RangeError("as many answers as rows");
  return clinicalTasks.map((task) => {
    const own = rows.flatMap((row, index) => (row.task === task ? [row.answer === answers[index]] : []));
    const good = own.filter(Boolean).length;
    return { task, right: good, rows: own.length, share: own.length === 0 ? null : good / own.length };
  });
*/

// %% mutant title="only tasks that have rows" caught="eight tasks in their order"
/*
  if (rows.length !== answers.length) throw new RangeError("as many answers as rows");
  return clinicalTasks.filter((task) => rows.some((row) => row.task === task)).map((task) => {
    const own = rows.flatMap((row, i) => (row.task === task ? [checkAnswer(task, row, answers[i]!).correct] : []));
    const good = own.filter(Boolean).length;
    return { task, right: good, rows: own.length, share: good / own.length };
  });
*/

// %% mutant title="nothing asked is nothing right" caught="no rows, no share"
/*
  if (rows.length !== answers.length) throw new RangeError("as many answers as rows");
  return clinicalTasks.map((task) => {
    const own = rows.flatMap((row, i) => (row.task === task ? [checkAnswer(task, row, answers[i]!).correct] : []));
    const good = own.filter(Boolean).length;
    return { task, right: good, rows: own.length, share: good / Math.max(1, own.length) };
  });
*/

// %% mutant title="passes over answers to nothing" caught="hidden: an answer too many"
/*
  if (rows.length > answers.length) throw new RangeError("as many answers as rows");
  return clinicalTasks.map((task) => {
    const own = rows.flatMap((row, i) => (row.task === task ? [checkAnswer(task, row, answers[i]!).correct] : []));
    const good = own.filter(Boolean).length;
    return { task, right: good, rows: own.length, share: own.length === 0 ? null : good / own.length };
  });
*/

// %% mutant title="a missing answer is a wrong one" caught="hidden: a missing answer"
/*
  return clinicalTasks.map((task) => {
    const own = rows.flatMap((row, i) => (row.task === task ? [checkAnswer(task, row, answers[i] ?? "").correct] : []));
    const good = own.filter(Boolean).length;
    return { task, right: good, rows: own.length, share: own.length === 0 ? null : good / own.length };
  });
*/

// %% measure a model on test patients
const questions = every(testRows, fast ? 24 : 96); // writing answers takes longer than scoring given ones
const isRight = (row: (typeof questions)[number], answer: string) =>
  checkAnswer(row.task, row, answer).correct;
async function measure(label: string) {
  const { evalLoss: loss } = await trainer.evaluate();
  const line = display(progressDisplay({ label, step: 0, total: questions.length, unit: "answer" }));
  const answers = await generateText(peft, tokenizer, questions.map(formatPrompt), {
    maxNewTokens: 56,
    onProgress: (step, total) => line.update(progressDisplay({ label, step, total, unit: "answer" })),
  });
  const scores = answers.map((answer, index) => tokenF1(answer, questions[index]!.answer));
  const f1 = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const right = answers.filter((answer, index) => isRight(questions[index]!, answer)).length;
  console.log(
    `${label}: loss ${loss.toFixed(3)}, token F1 ${f1.toFixed(3)}, facts right in ${right} of ${questions.length}`,
  );
  return { loss, tokenF1: f1, exactFacts: right / questions.length, answers };
}

// %% measure the base model output=varies
const base = await measure("base");

// %% [markdown]
/*
## Training

Eight examples a step, AdamW, a short warm-up and a cosine back to zero. The dots are the loss on validation patients.
You can interrupt this cell: the kernel keeps everything. Run it again, today or after the machine went down, and it goes
on from its last checkpoint.
*/

// %% train output=varies
import { getLastCheckpoint } from "residency";
const last = await getLastCheckpoint(config.outputDir!);
console.log(last === undefined ? "from the first step" : `goes on from ${last}`);
const result = await trainer.train({ resumeFromCheckpoint: last });
const { globalStep, trainingLoss, tokensPerSecond } = result;
console.log(
  `${globalStep} steps, mean loss ${trainingLoss.toFixed(4)}, ${Math.round(tokensPerSecond)} tokens/s`,
);

// %% draw the two losses output=varies
const log = trainer.state.logHistory;
const curve = (name: string, key: "loss" | "evalLoss") => {
  const points = log.filter((entry) => entry[key] !== undefined);
  return { name, x: points.map(({ step }) => step), y: points.map((entry) => entry[key]!) };
};
lineChart([curve("training", "loss"), curve("validation", "evalLoss")], {
  ...{ title: "Loss on answers", xLabel: "step", yLabel: "loss (nats a token)" },
});

// %% measure the tuned model output=varies
const tuned = await measure("tuned");

// %% [markdown]
/*
Has it gone as it should? The adapter that ships with the course was trained by these very cells. Whoever cannot wait
takes that one.
*/

// %% the adapter that ships output=varies
import { PeftModel } from "residency";
const shipped = await PeftModel.fromPretrained(
  await AutoModelForCausalLM.fromPretrained(assetPath("intern")),
  assetPath("checkpoints", "14-clinical-sft"),
);
const { evalLoss: shippedLoss } = await new SFTTrainer({
  ...{ model: shipped, tokenizer: await AutoTokenizer.fromPretrained(assetPath("intern")), args: config },
  ...{ trainDataset: validationExamples, evalDataset: validationExamples },
}).evaluate();
console.log(
  `validation loss ${tuned.loss.toFixed(3)} here, ${shippedLoss.toFixed(3)} with the adapter that ships`,
);

// %% [markdown]
/*
One number hides a lot. By task, we see where the model copies well and where it guesses.
*/

// %% compare by task
const shareByTask = (answers: string[]) =>
  clinicalTasks.map((task) => {
    const own = questions.flatMap((row, index) => (row.task === task ? [isRight(row, answers[index]!)] : []));
    return own.length === 0 ? 0 : own.filter(Boolean).length / own.length;
  });
groupedBarChart(
  clinicalTasks,
  [
    { name: "base", values: shareByTask(base.answers) },
    { name: "tuned", values: shareByTask(tuned.answers) },
  ],
  { title: "Answers with the right facts, test patients", xLabel: "", yLabel: "share" },
);

// %% read some answers output=varies
const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const tableRows = clinicalTasks.map((task) => {
  const index = questions.findIndex((row) => row.task === task);
  if (index < 0) return "";
  const { question, answer } = questions[index]!;
  const cells = [question, answer, tuned.answers[index]!, base.answers[index]!];
  return `<tr>${cells.map((cell) => `<td style="text-align:left;vertical-align:top">${escape(cell)}</td>`).join("")}</tr>`;
});
html(
  `<table><thead><tr><th>question</th><th>reference</th><th>tuned</th><th>base</th></tr></thead>` +
    `<tbody>${tableRows.join("")}</tbody></table>`,
);

// %% wrong answers, to read slowly output=varies
const wrong = questions.flatMap((row, index) => {
  const answer = tuned.answers[index]!;
  return isRight(row, answer) ? [] : [{ ...row, given: answer }];
});
for (const { question, answer, given } of wrong.slice(0, 6))
  console.log(`Q: ${question}\n  reference: ${answer}\n  tuned:    ${given}`);

// %% [markdown]
/*
Read the wrong ones aloud. They have the right form: a date where a date was asked for, a drug where a drug was. A
fluent wrong answer is the dangerous kind. Never judge a clinical model by its style, and never use this one for
anything but learning.

## A run that is stopped

Long runs are interrupted: a laptop sleeps, a session on Colab ends. The obvious way to go on is to train again, for
the steps that are left. Is that the same run?
*/

// %% a tiny model, to try it
import { Trainer, TrainingArguments } from "residency";
import { initializeWeights, modelFromConfig } from "residency/models";
const tinyConfig = {
  ...{ model_type: "llama", vocab_size: 32, hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2 },
  ...{ num_attention_heads: 2, num_key_value_heads: 1, tie_word_embeddings: true },
};
const tinyRows = Array.from({ length: 24 }, (_, row) => {
  const inputIds = Array.from({ length: 8 }, (_, position) => (row * 5 + position * 3) % 32);
  return { inputIds, labels: inputIds };
});
interface TinyRun {
  maxSteps: number;
  /** Where checkpoints go; there are none when it is left out. */
  outputDir?: string;
  /** Called after each step that is trained. */
  onStep?: (step: number, stop: () => void) => void;
}

// %% a trainer, as a new program makes it
const runFolder = `${folder}/resume`;
function tinyTrainer({ maxSteps, outputDir, onStep }: TinyRun): Trainer {
  const small = modelFromConfig(tinyConfig);
  initializeWeights(small, { seed: 1, layers: 2 });
  const args = new TrainingArguments({
    ...{ maxSteps, learningRate: 1e-3, lrSchedulerType: "cosine", seed: 1, disableTqdm: true },
    ...{
      perDeviceTrainBatchSize: 4,
      loggingSteps: 1,
      ...(outputDir && { outputDir, saveSteps: 1, overwriteOutputDir: true }),
    },
  });
  const onStepEnd = ({ step }: { step: number }, control: { shouldTrainingStop: boolean }) =>
    onStep?.(step, () => (control.shouldTrainingStop = true));
  return new Trainer({ model: small, trainDataset: tinyRows, args, callbacks: [{ onStepEnd }] });
}

// %% the obvious way, once
const weightsOf = (run: Trainer) =>
  [...run.model.root.namedParameters()].flatMap(([, weight]) => [...weight.value.dataSync()]);
const farthest = (a: number[], b: number[]) =>
  a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
const whole = tinyTrainer({ maxSteps: 12 });
await whole.train();
const firstHalf = tinyTrainer({ maxSteps: 6 });
await firstHalf.train();
console.log(
  "half a run, and the first half of a run:",
  farthest(weightsOf(whole), weightsOf(firstHalf)) > 0.01,
);

// %% why: the learning rates of both
for (const run of [whole, firstHalf]) {
  const rates = run.state.logHistory.flatMap(({ learningRate }) =>
    learningRate === undefined ? [] : [learningRate],
  );
  console.log(
    rates
      .slice(0, 6)
      .map((rate) => rate.toFixed(4))
      .join("  "),
  );
}

// %% [markdown]
/*
A run of 6 steps is not half a run of 12: its cosine is down at step 6. Besides the weights, a run consists of the
optimiser's moments, the schedule, the order of the rows and the random numbers. A checkpoint of the trainer holds all
of it, so that a run that was killed ends with the same **bits** as one that was not.
*/

// %% exercise id=resume title="Stop, and go on" difficulty=3 importance=4 minutes=12 hint="Both trainers are made with the same `maxSteps`: the schedule belongs to the whole run." hint="Stop the first one inside: `onStep: (step, stop) => { … if (step === stopAt) stop(); }`. With `outputDir`, a checkpoint is there after every step." hint="The second: `await second.train({ resumeFromCheckpoint: true })`."
/*
Complete `trainInTwo`: train `maxSteps` steps in **two** trainers from `make`, as two programs would: the first is
stopped after `stopAt` steps, the second goes on from its checkpoint in `outputDir`. Tell `onStep` about every step of
both. Give the second trainer back.

You should see four check marks below.
*/
/** Trains in two halves, to the same bits as in one. */
async function trainInTwo(
  make: (run: TinyRun) => Trainer,
  plan: { maxSteps: number; stopAt: number; outputDir: string; onStep: (step: number) => void },
): Promise<Trainer> {
  // BEGIN SOLUTION
  const { maxSteps, stopAt, outputDir, onStep } = plan;
  const first = make({
    ...{ maxSteps, outputDir },
    onStep(step, stop) {
      onStep(step);
      if (step === stopAt) stop();
    },
  });
  await first.train();
  const second = make({ maxSteps, outputDir, onStep });
  await second.train({ resumeFromCheckpoint: true });
  return second;
  // END SOLUTION
}

// %% tests points=3
const trained: number[] = [];
let trainers = 0;
const counted = (run: TinyRun) => {
  trainers += 1;
  return tinyTrainer(run);
};
const halves = {
  maxSteps: 12,
  stopAt: 5,
  outputDir: runFolder,
  onStep: (step: number) => trained.push(step),
};
const resumed = await trainInTwo(counted, halves);
checkEqual("two trainers", trainers, 2);
checkEqual("each step once", trained, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const uninterrupted = tinyTrainer({ maxSteps: 12 });
await uninterrupted.train();
checkEqual("the same bits", farthest(weightsOf(uninterrupted), weightsOf(resumed)), 0);
checkEqual("the whole run's last step", resumed.state.step, 12);
// BEGIN HIDDEN TESTS: another place to stop
trained.length = 0;
const early = await trainInTwo(tinyTrainer, { ...halves, stopAt: 1 });
checkEqual("hidden: stopped after one step", farthest(weightsOf(uninterrupted), weightsOf(early)), 0);
checkEqual("hidden: twelve steps in all", trained.length, 12);
// END HIDDEN TESTS

// %% mutant title="the first half is a shorter run" caught="the same bits"
/*
  const { maxSteps, stopAt, outputDir, onStep } = plan;
  await make({ maxSteps: stopAt, outputDir, onStep }).train();
  const second = make({ maxSteps, outputDir, onStep });
  await second.train({ resumeFromCheckpoint: true });
  return second;
*/

// %% mutant title="starts anew" caught="each step once"
/*
  const { maxSteps, stopAt, outputDir, onStep } = plan;
  const first = make({ maxSteps, outputDir, onStep: (step, stop) => (onStep(step), step === stopAt && stop()) });
  await first.train();
  const second = make({ maxSteps, outputDir, onStep });
  await second.train();
  return second;
*/

// %% mutant title="never stops" caught="two trainers"
/*
  const { maxSteps, outputDir, onStep } = plan;
  const only = make({ maxSteps, outputDir, onStep });
  await only.train();
  return only;
*/

// %% mutant title="trains what is left as a run of its own" caught="the same bits"
/*
  const { maxSteps, stopAt, onStep } = plan;
  const first = make({ maxSteps, onStep: (step, stop) => (onStep(step), step === stopAt && stop()) });
  await first.train();
  const second = make({ maxSteps: maxSteps - stopAt, onStep: (step) => onStep(step + stopAt) });
  await second.train();
  return second;
*/

// %% [markdown]
/*
## Your own run

You have seen every part. Now write the run yourself, small enough to be graded: thirty steps on rows with short
answers.
*/

// %% short answers, for a short run
const shortRows = trainRows.filter(({ answer }) => answer.length <= 24).slice(0, 400);
const isShort = ({ answer }: { answer: string }) => answer.length <= 24;
const shortHeldOut = every(validationRows.filter(isShort).filter(fits), 24);
console.log(`${shortRows.length} rows to train on, ${shortHeldOut.length} held out`);

// %% exercise id=own-run title="A run of your own" difficulty=3 importance=5 minutes=15 hint="Load, adapt, train: `AutoModelForCausalLM.fromPretrained(modelName)`, `getPeftModel`, `SFTTrainer`." hint="The learning rate of a full fine-tuning (2e-5, the default) is too small for LoRA: this notebook's run uses 1e-3." hint="Train on `rows.map(formatExample)`: only prompt and completion tell the trainer where the answer begins."
/*
Complete `fineTune`: load `intern`, add a LoRA adapter, train `maxSteps` steps of 4 rows on `rows`, with the seed 1,
and give the tuned model. It has to bring the held-out loss below half of the base model's, and leave `intern`'s own
weights as they are.

You should see three check marks below, after some seconds.
*/
/** Fine-tunes intern for a few steps. */
async function fineTune(
  rows: readonly { note: string; question: string; answer: string }[],
  run: { maxSteps: number },
) {
  // BEGIN SOLUTION
  const own = getPeftModel(
    await AutoModelForCausalLM.fromPretrained(modelName),
    new LoraConfig({ r: 16, loraAlpha: 32, targetModules: "all-linear" }),
  );
  const args = new SFTConfig({
    ...{ maxSteps: run.maxSteps, maxLength, seed: 1, learningRate: 1e-3, lrSchedulerType: "cosine" },
    ...{ perDeviceTrainBatchSize: 4, warmupRatio: 0.1 },
  });
  await new SFTTrainer({ model: own, tokenizer, trainDataset: rows.map(formatExample), args }).train();
  return own;
  // END SOLUTION
}

// %% tests points=3
const own = await fineTune(shortRows, { maxSteps: 30 });
const heldOutLoss = (candidate: typeof own) => {
  const args = new Config({ perDeviceEvalBatchSize: 8, maxLength });
  const evalDataset = shortHeldOut.map(toExample);
  const rows = { trainDataset: evalDataset, evalDataset };
  return new Tuner({ model: candidate, tokenizer, ...rows, args }).evaluate();
};
const { evalLoss: after } = await heldOutLoss(own);
const { evalLoss: before } = await own.disableAdapter(() => heldOutLoss(own));
checkEqual("an adapter was added", own.parameterCounts().trainable > 0, true);
checkEqual(
  "the held-out loss is halved",
  after < before / 2 ? true : `${after.toFixed(2)} of ${before.toFixed(2)}`,
  true,
);
checkEqual("most weights are frozen", own.parameterCounts().trainable < own.parameterCounts().all / 4, true);
// BEGIN HIDDEN TESTS: with its adapter off, the tuned model is intern
const intern = await AutoModelForCausalLM.fromPretrained(modelName);
const { evalLoss: untouched } = await heldOutLoss(
  getPeftModel(intern, new LoraConfig({ r: 1, targetModules: "all-linear" })),
);
checkEqual("hidden: intern's own weights stay", before, untouched);
// END HIDDEN TESTS

// %% mutant title="the default learning rate" caught="the held-out loss is halved"
/*
  const own = getPeftModel(
    await AutoModelForCausalLM.fromPretrained(modelName),
    new LoraConfig({ r: 16, loraAlpha: 32, targetModules: "all-linear" }),
  );
  const args = new SFTConfig({ maxSteps: run.maxSteps, maxLength, seed: 1, perDeviceTrainBatchSize: 4 });
  await new SFTTrainer({ model: own, tokenizer, trainDataset: rows.map(formatExample), args }).train();
  return own;
*/

// %% mutant title="trains intern's norms as well" caught="hidden: intern's own weights stay"
/*
  const own = getPeftModel(
    await AutoModelForCausalLM.fromPretrained(modelName),
    new LoraConfig({ r: 16, loraAlpha: 32, targetModules: "all-linear" }),
  );
  const norms = [...own.root.namedParameters()].flatMap(([name, weight]) => (name.includes("norm") ? [weight] : []));
  for (const weight of norms) weight.requiresGrad = true;
  const args = new SFTConfig({
    ...{ maxSteps: run.maxSteps, maxLength, seed: 1, learningRate: 1e-3, lrSchedulerType: "cosine" },
    ...{ perDeviceTrainBatchSize: 4, warmupRatio: 0.1 },
  });
  await new SFTTrainer({ model: own, tokenizer, trainDataset: rows.map(formatExample), args }).train();
  for (const weight of norms) weight.requiresGrad = false;
  return own;
*/

// %% mutant title="never trains" caught="the held-out loss is halved"
/*
  return getPeftModel(
    await AutoModelForCausalLM.fromPretrained(modelName),
    new LoraConfig({ r: 16, loraAlpha: 32, targetModules: "all-linear" }),
  );
*/

// %% mutant title="trains the questions in place of the answers" caught="the held-out loss is halved"
/*
  const own = getPeftModel(
    await AutoModelForCausalLM.fromPretrained(modelName),
    new LoraConfig({ r: 16, loraAlpha: 32, targetModules: "all-linear" }),
  );
  const args = new SFTConfig({
    ...{ maxSteps: run.maxSteps, maxLength, seed: 1, learningRate: 1e-3, lrSchedulerType: "cosine" },
    ...{ perDeviceTrainBatchSize: 4, warmupRatio: 0.1 },
  });
  const trainDataset = rows.map(({ note, question }) => ({ prompt: note, completion: ` ${question}` }));
  await new SFTTrainer({ model: own, tokenizer, trainDataset, args }).train();
  return own;
*/

// %% [markdown]
/*
## Step 6: keep the work

The adapter is small, and in the format that PEFT reads. `residency serve out/clinical-sft/adapter` opens a page on which
base and tuned model answer side by side; notebook 15 compares them as one should.
*/

// %% save the adapter and the figures output=varies
import { peakRssMb, removeCheckpoints } from "residency";
import { saveMetrics } from "residency/metrics";
await peft.savePretrained(`${folder}/adapter`, { baseModel: "intern" });
await removeCheckpoints(config.outputDir!); // the run is over, and the next one is another
const of = ({ loss, tokenF1, exactFacts }: typeof base) => ({ loss, tokenF1, exactFacts });
const figures = {
  base: of(base),
  tuned: of(tuned),
  ...{ steps: result.globalStep, seconds: result.seconds, tokensPerSecond: result.tokensPerSecond },
  ...{ peakRssMb: peakRssMb(), backend: backend.name },
};
console.log(saveMetrics(folder, figures));
figures;

// %% written id=lab-report title="A lab report" difficulty=3 importance=4 minutes=30 points=4
/*
Write a report of one page about the run above, for a colleague who wants to repeat it. Say what was trained on what,
with which settings and seed; what was measured, on whom, and how sure one can be with so many questions; in which
tasks the facts are wrong most often, with one wrong answer and your guess why; and what nobody should use the model
for.
*/
// BEGIN SOLUTION
/*
- Data: synthetic patients, the number of rows after filtering, the split by patient, and that nobody is in two files.
- Settings: base model, rank, alpha, targets, learning rate, schedule, batch, steps, length, seed; enough to repeat it.
- Measures: loss on validation, token F1 and facts on test patients; that validation was looked at during training and test was not;
  with about a hundred questions a share is known to some ten points only.
- Errors: a task with numbers from the chart, a quoted answer, a guess that can be tested (a rare drug in pieces, two
  dates in the note, an acronym that is never spelt out).
- Limits: synthetic notes of one style and one language, no clinical use, no real patient has been near it.
One point each for data and settings, measures and their uncertainty, errors, limits.
*/
// END SOLUTION

// %% [markdown]
/*
## What you can now do

- Prove that a split is clean, **before** the first step.
- Say which tokens carry the loss, and why the end of the text must be one of them.
- Write a configuration that cannot be **incomplete**, and count its steps.
- Stop a run and go on to the same bits.
- Compare with the base model by **facts**, on patients that were never trained on.

## Check yourself

Choose an answer, then open it.
*/

// %% [markdown]
/*
**1. Rows are shuffled, and a tenth of them becomes the test set. What is wrong?**

<details><summary>A tenth is too little.</summary>No. The size is not the trouble.</details>
<details><summary>The same note is on both sides.</summary>Yes. Eight rows share a note; split by patient.</details>
<details><summary>Nothing, as long as no row is twice.</summary>No. The rows differ, the patients do not.</details>
*/

// %% [markdown]
/*
**2. `maxLength` is 256 here, and nothing is filtered. What happens?**

<details><summary>The trainer refuses.</summary>No. It cuts, as TRL does, and warns.</details>
<details><summary>Answers are cut off, so there is little or nothing to train on.</summary>Yes. A row is cut at its end, and
there the answer stands.</details>
<details><summary>Only training gets slower.</summary>No. It would be faster, and useless.</details>
*/

// %% [markdown]
/*
**3. The loss falls to a third, and the facts are still wrong in many answers. How can that be?**

<details><summary>The loss was computed wrongly.</summary>Not likely. Both may be right.</details>
<details><summary>Form is learnt first.</summary>Yes. Most tokens of an answer are form, and few are the date or the
dose.</details>
<details><summary>The test patients leaked.</summary>No. Then the facts would be too good.</details>
*/

// %% [markdown]
/*
**4. A run of 1,000 steps is killed at 600. How do you go on?**

<details><summary>Load the weights, and train 400 steps.</summary>No. The schedule starts again, the optimiser has
forgotten, and the rows come in another order.</details>
<details><summary>Resume from the checkpoint, with the same 1,000 steps.</summary>Yes. The checkpoint holds all that a run
consists of.</details>
<details><summary>Start again.</summary>That gives the right weights, and costs 600 steps.</details>
*/

// %% [markdown]
/*
**5. Why is the adapter measured on test patients, when validation patients were held out, too?**

<details><summary>There are more of them.</summary>No. The number is not the reason.</details>
<details><summary>Validation was looked at to choose.</summary>Yes. Whoever chooses steps or ranks by a set has fitted to
it.</details>
<details><summary>Validation patients are in the training file.</summary>No. The exercise showed that they are not.</details>
*/

// %% [markdown]
/*
## Glossary

- **split by patient**: all rows of a patient go to one of training, validation and test
- **leak**: something of the test set that training has seen
- **completion-only loss**: the loss on the answer and its end, and not on the prompt
- **warm-up**: the first steps, in which the learning rate rises
- **checkpoint**: all that a run consists of, on disk
- **token F1**: the overlap of the words of two answers

**Stretch.** Train on 500, 1,000 and 1,500 patients with the same steps, and draw the share of right facts. Which of more
patients, more steps and a larger rank helps most for the same minutes?
*/
