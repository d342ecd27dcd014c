/**
 * Notebook 07: following instructions, from Alpaca's frame to a small model that answers and stops.
 *
 * title: Following instructions
 * goal: put an instruction and its input into a frame, and say why the frame must never change
 * goal: say for every token of a batch whether it is trained, only read, or padding
 * goal: see what becomes of a model whose end-of-text token is masked
 * goal: say whether tuning beat the base model, on questions that no run has seen
 * goal: mask a conversation of several turns
 * goal: take the mean over answer tokens, however a batch is cut into pieces
 * reading: 35 minutes
 * running: 15 seconds
 * memory: 0.6 GB
 * needs: notebook 02 for tokens, notebook 03 for the loss
 * graded: six exercises, 15 points
 * previous: 06, Four ways to get a task done
 * next: 08, Alignment
 */

// %% [markdown]
/*
A pretrained model continues text. A question is text, too, and it continues that: with an answer, another question, a
note, whatever often followed. **Instruction tuning** teaches one habit: behind a question in a fixed form comes its
answer, and then nothing.

The method is next-token prediction, unchanged. What is new is the data, and which of its tokens count.
*/

// %% setup id=setup
import { checkClose, checkEqual } from "residency/exercise";

// %% import the library
import { assetPath, AutoModelForCausalLM, AutoTokenizer, generateText, setBackend } from "residency";
import { barChart, lineChart } from "residency/viz";

// %% load a model that has never seen this form output=varies
const engine = await setBackend();
const tokenizer = await AutoTokenizer.fromPretrained(assetPath("intern"));
const base = await AutoModelForCausalLM.fromPretrained(assetPath("intern"));
console.log(engine.name);

// %% ask it output=varies
const line = "Pt: 58 yo M\nLOS: 4 days";
const question = `Instruct: How long was the stay?\n${line}\nOutput:`;
const [heard] = await generateText(base, tokenizer, [question], { maxNewTokens: 24 });
console.log(`${question}█${heard}`);

// %% [markdown]
/*
The facts are right there. But `intern` has read notes, stories, and questions in other forms; never `Instruct:` with
`Output:`. So it writes what may stand there: at times an answer, at times another question, or a piece of a note. And
nothing has taught it to stop behind an answer in this form.
*/

// %% [markdown]
/*
## Alpaca's frame

Stanford's Alpaca (Taori et al., 2023) tuned LLaMA 7B on 52,000 examples, each with an **instruction**, an
**input** that may be empty, and an **output**. Two fixed texts around them tell the model what is what:
*/

// %% the two frames
const frames = {
  withInput:
    "Below is an instruction that describes a task, paired with an input that provides further context. " +
    "Write a response that appropriately completes the request.\n\n" +
    "### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:",
  withoutInput:
    "Below is an instruction that describes a task. " +
    "Write a response that appropriately completes the request.\n\n" +
    "### Instruction:\n{instruction}\n\n### Response:",
};
console.log(frames.withInput);

// %% [markdown]
/*
The words hardly matter. That they are **the same** in training and in use matters a great deal: the model has
learnt to answer behind exactly these tokens.

Filling the frame looks trivial. Here is the obvious way, with an instruction about money.
*/

// %% the wrong way to fill it
const price = "Is $& a price?";
console.log(
  frames.withoutInput.replace("{instruction}", price).split("\n\n")[1], // the second paragraph
);

// %% [markdown]
/*
`$&` means “what was matched” to `replace`, so a piece of our frame landed in the example. Data is full of signs
that some function reads as commands. A replacement that is a **function** is taken as it is.
*/

// %% exercise id=alpaca-prompt title="Fill the frame" difficulty=2 importance=5 minutes=8 hint="`input.trim() === \"\"` is true for white space alone. Trim for the question, not for the prompt." hint="Replace both names in one pass: `frame.replace(/[{](instruction|input)[}]/g, …)`. After two passes, an instruction that spells `{input}` is filled as well." hint="The second argument may be a function of the whole match and the name: `(_, name) => name === \"input\" ? input : instruction`."
/*
Complete `alpacaPrompt`. The instruction and the input go into the frame **word for word**, whatever signs they
hold. An input of nothing but white space counts as none. The prompt ends with `### Response:`.

You should see four check marks below.
*/
/** The prompt that Alpaca's frame makes of an instruction and an input, which may be empty. */
function alpacaPrompt({ instruction, input }: { instruction: string; input: string }): string {
  // BEGIN SOLUTION
  const frame = input.trim() === "" ? frames.withoutInput : frames.withInput;
  return frame.replace(/\{(instruction|input)\}/g, (_, name: string) =>
    name === "input" ? input : instruction,
  );
  // END SOLUTION
}

// %% tests points=2
const request = "Write a response that appropriately completes the request.\n\n";
const task = "Below is an instruction that describes a task";
const paired = `${task}, paired with an input that provides further context. ${request}`;
const alone = `${task}. ${request}`;
const expand = { instruction: "Expand the acronym.", input: "PNA" };
const expanded = `${paired}### Instruction:\nExpand the acronym.\n\n### Input:\nPNA\n\n### Response:`;
checkEqual("with an input", alpacaPrompt(expand), expanded);
const joke = `${alone}### Instruction:\nSay hello.\n\n### Response:`;
checkEqual("without an input", alpacaPrompt({ instruction: "Say hello.", input: "" }), joke);
checkEqual("white space is no input", alpacaPrompt({ instruction: "Say hello.", input: " \n" }), joke);
const indented = `${paired}### Instruction:\nList:\n\n\n### Input:\n  Dx: PNA\n\n\n### Response:`;
checkEqual("word for word", alpacaPrompt({ instruction: "List:\n", input: "  Dx: PNA\n" }), indented);
// BEGIN HIDDEN TESTS: signs that some functions read as commands
const dollars = `${paired}### Instruction:\nAdd $& and $1.\n\n### Input:\n$$5\n\n### Response:`;
checkEqual("hidden: dollars", alpacaPrompt({ instruction: "Add $& and $1.", input: "$$5" }), dollars);
const braces = `${paired}### Instruction:\nWhat is {input}?\n\n### Input:\n{instruction}\n\n### Response:`;
checkEqual(
  "hidden: the frame's own names",
  alpacaPrompt({ instruction: "What is {input}?", input: "{instruction}" }),
  braces,
);
// END HIDDEN TESTS

// %% mutant title="always has an input" caught="without an input"
/*
  return frames.withInput.replace(/\{(instruction|input)\}/g, (_, name: string) => (name === "input" ? input : instruction));
*/

// %% mutant title="white space is an input" caught="white space is no input"
/*
  const frame = input === "" ? frames.withoutInput : frames.withInput;
  return frame.replace(/\{(instruction|input)\}/g, (_, name: string) => (name === "input" ? input : instruction));
*/

// %% mutant title="a line break at the end" caught="with an input"
/*
  const frame = input.trim() === "" ? frames.withoutInput : frames.withInput;
  return frame.replace(/\{(instruction|input)\}/g, (_, name: string) => (name === "input" ? input : instruction)) + "\n";
*/

// %% mutant title="trims" caught="word for word"
/*
  const frame = input.trim() === "" ? frames.withoutInput : frames.withInput;
  return frame.replace(/\{(instruction|input)\}/g, (_, name: string) => (name === "input" ? input.trim() : instruction.trim()));
*/

// %% mutant title="replaces by a text" caught="hidden: dollars"
/*
  const frame = input.trim() === "" ? frames.withoutInput : frames.withInput;
  return frame.replace("{instruction}", instruction).replace("{input}", input);
*/

// %% mutant title="two passes" caught="hidden: the frame's own names"
/*
  const frame = input.trim() === "" ? frames.withoutInput : frames.withInput;
  return frame.split("{instruction}").join(instruction).split("{input}").join(input);
*/

// %% [markdown]
/*
## Where prompt and answer meet

A prompt that ends with a space looks tidy. But a tokenizer joins the space to the word **behind** it.
*/

// %% the space at the end of a prompt
console.log("whole text:  ", tokenizer.tokenize("Output: aspirin").join(" | "));
console.log(
  "in two parts:",
  [...tokenizer.tokenize("Output: "), ...tokenizer.tokenize("aspirin")].join(" | "),
);

// %% [markdown]
/*
The sign Ġ is a space. Asked with `Output: `, the model stands behind a lonely space that training never showed it. So
our prompts end without a space, and answers begin with one.

For our small model we use a shorter frame. Three instructions share one input; only who reads the instruction
can answer.
*/

// %% a tiny task
import { readJsonlFile } from "residency";
import { parseClinicalRow } from "residency/clinical";
interface Facts {
  age: string;
  sex: string;
  days: string;
}
const answerTo: Record<string, (facts: Facts) => string> = {
  "How old is the patient?": ({ age }) => `${age} years`,
  "Is the patient male or female?": ({ sex }) => (sex === "M" ? "male" : "female"),
  "How long was the stay?": ({ days }) => `${days} days`,
};

// %% prompts and completions
/** Prompts and completions about one note; none where its header does not tell all three facts. */
function tinyRows(note: string): { prompt: string; completion: string }[] {
  const [who, age, sex] = /^(?:Pt|Age|Age\/Sex): (\d+)\b.* ([FM])$/m.exec(note) ?? [];
  const [stay, days] = /^LOS: (\d+) days$/m.exec(note) ?? [];
  if (!who || !stay || !age || !sex || !days) return [];
  return Object.entries(answerTo).map(([instruction, answer]) => ({
    prompt: `Instruct: ${instruction}\n${who}\n${stay}\nOutput:`,
    completion: ` ${answer({ age, sex, days })}`,
  }));
}

// %% examples, of two sets of patients
const read = (split: string) =>
  readJsonlFile(assetPath("corpus", `${split}.jsonl.gz`), { parse: parseClinicalRow });
const trainRows = await read("train");
/** One row a patient. */
const patients = (rows: typeof trainRows) => [
  ...new Map(rows.map((row) => [row.patientId, row.note])).values(),
];
const tinyTrain = patients(trainRows).flatMap(tinyRows);
const tinyHeldout = patients(await read("test")).flatMap(tinyRows);
console.log(`${tinyTrain.length} examples to train on, ${tinyHeldout.length} held out`);
for (const { prompt, completion } of tinyTrain.slice(0, 3)) console.log(`\n${prompt}█${completion}`);

// %% [markdown]
/*
## What is trained

Which tokens should count? If all do, most of the training goes into predicting **questions**, which nobody will
ask the model for. Blue gets a loss, grey is only read.
*/

// %% everything counts
import { maskView, SFTConfig } from "residency";
import { tokenizeSFTRow } from "residency/train";
const first = tinyTrain[0]!;
maskView(tokenizeSFTRow(first, tokenizer, new SFTConfig({ completionOnlyLoss: false })), tokenizer);

// %% the answer counts
maskView(tokenizeSFTRow(first, tokenizer, new SFTConfig()), tokenizer);

// %% [markdown]
/*
This is **completion-only loss**, and what `SFTTrainer` does with a prompt and a completion. The prompt is still
read by every layer; it is only not predicted.

The talk's notebook imports `DataCollatorForCompletionOnlyLM` for it. Newer releases of TRL no longer have that class
([issue 3827](https://github.com/huggingface/trl/issues/3827)), so the notebook stops at the import. `completionOnlyLoss`,
TRL's `completion_only_loss`, has taken its place.
*/

// %% [markdown]
/*
The labels are the tokens once more, with −100 where nothing is to be learnt. The number is a convention:
cross-entropy passes over it.
*/

// %% tokens and labels
const { inputIds: shownIds, labels: shownLabels } = tokenizeSFTRow(first, tokenizer, new SFTConfig());
console.log("length", shownIds.length, "and", shownLabels.length);
console.log("ids   ", shownIds.slice(-10).join(" "));
console.log("labels", shownLabels.slice(-10).join(" "));

// %% [markdown]
/*
The last token, number 0, is `<|endoftext|>`, **EOS** for short. Nobody wrote it into the answer; the trainer put it
there. It is the model's only way to say “done”.

## Padding

Rows of a batch must be equally long, so short ones are filled with a pad token. Filling is not read and not
trained.
*/

// %% a batch of three
import { collate, DataCollatorForLanguageModeling } from "residency/data";
const threeRows = tinyTrain.slice(0, 3).map((row) => tokenizeSFTRow(row, tokenizer, new SFTConfig()));
const padded = collate(threeRows, tokenizer.padTokenId ?? 1);
console.log("rows of", threeRows.map(({ inputIds }) => inputIds.length).join(", "), "tokens");
console.log(`batch [${padded.inputIds.length}, ${padded.inputIds[0]!.length}]`);
maskView(padded, tokenizer);

// %% [markdown]
/*
## The trap: padding with EOS

Many models come without a pad token. The usual remedy, and that of the talk's notebook, is one line: `pad_token =
eos_token`. Then a collator builds the labels, and masks every pad token **by its number**. Look at the end of each
row.
*/

// %% pad = eos, and a collator that masks by number
const eos = tokenizer.eosTokenId ?? 0;
const byNumber = new DataCollatorForLanguageModeling({ padTokenId: eos, mlm: false });
maskView(byNumber.collate(threeRows), tokenizer);

// %% [markdown]
/*
The EOS is grey in all three: it has the number of the filling, so it went with it. The loss falls as before, the
answers look right, and **the model never learns to stop**. No error is shown. This collator knows of no prompts,
either, so those are trained.

The way out is to mask by *place*: we know where a row ends.
*/

// %% exercise id=answer-labels title="Labels, by place" difficulty=3 importance=5 minutes=12 hint="Build each row whole before any padding: its ids are the prompt, the answer and the EOS; its labels are as many −100 as the prompt has tokens, then the answer and the EOS." hint="`Array<number>(n).fill(-100)` makes n of them." hint="Pad ids, mask and labels by the number of missing places, each with its own filler. No comparison with `pad` is needed anywhere."
/*
Complete `answerBatch`. Each row is prompt, answer, EOS, and then padding on the **right** up to the longest row.
Labels are −100 on the prompt and on the padding, and nowhere else. The attention mask is 1 on real tokens. All this
must hold when `pad` and `eos` are the same number.

You should see five check marks below.
*/
/** A padded batch, all [B, T], in which the answers and their EOS alone are trained. */
function answerBatch(
  pairs: readonly { prompt: readonly number[]; answer: readonly number[] }[],
  { eos, pad }: { eos: number; pad: number },
): { inputIds: number[][]; attentionMask: number[][]; labels: number[][] } {
  // BEGIN SOLUTION
  const longest = Math.max(...pairs.map(({ prompt, answer }) => prompt.length + answer.length + 1));
  const fill = (list: number[], filler: number) => [
    ...list,
    ...Array<number>(longest - list.length).fill(filler),
  ];
  const rows = pairs.map(({ prompt, answer }) => [...prompt, ...answer, eos]);
  return {
    inputIds: rows.map((row) => fill(row, pad)),
    attentionMask: rows.map((row) => fill(Array<number>(row.length).fill(1), 0)),
    labels: pairs.map(({ prompt, answer }) => fill([...prompt.map(() => -100), ...answer, eos], -100)),
  };
  // END SOLUTION
}

// %% tests points=3
const two = [
  { prompt: [5, 6, 7], answer: [8] },
  { prompt: [5], answer: [9, 4] },
];
const apart = answerBatch(two, { eos: 0, pad: 1 });
checkEqual("tokens", apart.inputIds, [
  [5, 6, 7, 8, 0],
  [5, 9, 4, 0, 1],
]);
const wantedLabels = [
  [-100, -100, -100, 8, 0],
  [-100, 9, 4, 0, -100],
];
checkEqual("labels", apart.labels, wantedLabels);
const wantedMask = "11111 11110";
const maskText = ({ attentionMask }: typeof apart) => attentionMask.map((row) => row.join("")).join(" ");
checkEqual("attention", maskText(apart), wantedMask);
const same = answerBatch(two, { eos: 0, pad: 0 });
checkEqual("labels when pad is eos", same.labels, wantedLabels);
checkEqual("attention when pad is eos", maskText(same), wantedMask);
// BEGIN HIDDEN TESTS: an EOS inside a prompt, and an answer of nothing
const odd = answerBatch([...two, { prompt: [0, 8, 0], answer: [] }], { eos: 0, pad: 0 });
checkEqual("hidden: an EOS in the prompt", odd.labels[2]!, [-100, -100, -100, 0, -100]);
checkEqual("hidden: it is attended to", maskText(odd), "11111 11110 11110");
// END HIDDEN TESTS

// %% mutant title="trains the prompt" caught="labels"
/*
  const longest = Math.max(...pairs.map(({ prompt, answer }) => prompt.length + answer.length + 1));
  const fill = (list: number[], filler: number) => [...list, ...Array<number>(longest - list.length).fill(filler)];
  const rows = pairs.map(({ prompt, answer }) => [...prompt, ...answer, eos]);
  return { inputIds: rows.map((row) => fill(row, pad)), attentionMask: rows.map((row) => fill(row.map(() => 1), 0)), labels: rows.map((row) => fill(row, -100)) };
*/

// %% mutant title="no EOS" caught="tokens"
/*
  const longest = Math.max(...pairs.map(({ prompt, answer }) => prompt.length + answer.length));
  const fill = (list: number[], filler: number) => [...list, ...Array<number>(longest - list.length).fill(filler)];
  const rows = pairs.map(({ prompt, answer }) => [...prompt, ...answer]);
  return { inputIds: rows.map((row) => fill(row, pad)), attentionMask: rows.map((row) => fill(row.map(() => 1), 0)), labels: pairs.map(({ prompt, answer }) => fill([...prompt.map(() => -100), ...answer], -100)) };
*/

// %% mutant title="masks the EOS" caught="labels"
/*
  const longest = Math.max(...pairs.map(({ prompt, answer }) => prompt.length + answer.length + 1));
  const fill = (list: number[], filler: number) => [...list, ...Array<number>(longest - list.length).fill(filler)];
  const rows = pairs.map(({ prompt, answer }) => [...prompt, ...answer, eos]);
  return { inputIds: rows.map((row) => fill(row, pad)), attentionMask: rows.map((row) => fill(row.map(() => 1), 0)), labels: pairs.map(({ prompt, answer }) => fill([...prompt.map(() => -100), ...answer, -100], -100)) };
*/

// %% mutant title="masks every pad token by its number" caught="labels when pad is eos"
/*
  const longest = Math.max(...pairs.map(({ prompt, answer }) => prompt.length + answer.length + 1));
  const fill = (list: number[], filler: number) => [...list, ...Array<number>(longest - list.length).fill(filler)];
  const rows = pairs.map(({ prompt, answer }) => [...prompt, ...answer, eos]);
  const labels = pairs.map(({ prompt, answer }) => fill([...prompt.map(() => -100), ...answer, eos], pad).map((id) => (id === pad ? -100 : id)));
  return { inputIds: rows.map((row) => fill(row, pad)), attentionMask: rows.map((row) => fill(row.map(() => 1), 0)), labels };
*/

// %% mutant title="attends by number" caught="attention when pad is eos"
/*
  const longest = Math.max(...pairs.map(({ prompt, answer }) => prompt.length + answer.length + 1));
  const fill = (list: number[], filler: number) => [...list, ...Array<number>(longest - list.length).fill(filler)];
  const inputIds = pairs.map(({ prompt, answer }) => fill([...prompt, ...answer, eos], pad));
  return { inputIds, attentionMask: inputIds.map((row) => row.map((id) => (id === pad ? 0 : 1))), labels: pairs.map(({ prompt, answer }) => fill([...prompt.map(() => -100), ...answer, eos], -100)) };
*/

// %% mutant title="pads on the left" caught="tokens"
/*
  const longest = Math.max(...pairs.map(({ prompt, answer }) => prompt.length + answer.length + 1));
  const fill = (list: number[], filler: number) => [...Array<number>(longest - list.length).fill(filler), ...list];
  const rows = pairs.map(({ prompt, answer }) => [...prompt, ...answer, eos]);
  return { inputIds: rows.map((row) => fill(row, pad)), attentionMask: rows.map((row) => fill(row.map(() => 1), 0)), labels: pairs.map(({ prompt, answer }) => fill([...prompt.map(() => -100), ...answer, eos], -100)) };
*/

// %% mutant title="trains the padding" caught="labels"
/*
  const longest = Math.max(...pairs.map(({ prompt, answer }) => prompt.length + answer.length + 1));
  const fill = (list: number[], filler: number) => [...list, ...Array<number>(longest - list.length).fill(filler)];
  const rows = pairs.map(({ prompt, answer }) => [...prompt, ...answer, eos]);
  return { inputIds: rows.map((row) => fill(row, pad)), attentionMask: rows.map((row) => fill(row.map(() => 1), 0)), labels: pairs.map(({ prompt, answer }) => fill([...prompt.map(() => -100), ...answer, eos], pad)) };
*/

// %% [markdown]
/*
## A model that stops, and one that does not

We train twice, from the same start, on the same rows in the same order. One difference: in the first run the EOS is
masked.
*/

// %% import what training needs
import { exactMatch, getPeftModel, LoraConfig, SFTTrainer } from "residency";
import type { TokenizedRow } from "residency/data";

// %% rows with and without the EOS in the loss
const withEos = tinyTrain.slice(0, 640).map((row) => tokenizeSFTRow(row, tokenizer, new SFTConfig()));
const withoutEos = withEos.map(({ inputIds, labels }) => ({
  inputIds,
  labels: labels.map((label) => (label === eos ? -100 : label)),
}));
console.log("labels with it:   ", withEos[0]!.labels.slice(-4).join(" "));
console.log("labels without it:", withoutEos[0]!.labels.slice(-4).join(" "));

// %% train an adapter
async function tune(trainDataset: TokenizedRow[]) {
  const model = await AutoModelForCausalLM.fromPretrained(assetPath("intern"));
  const peft = getPeftModel(model, new LoraConfig({ r: 8, loraAlpha: 16, targetModules: "all-linear" }));
  const args = new SFTConfig({
    ...{ maxSteps: 80, perDeviceTrainBatchSize: 8, learningRate: 5e-3, seed: 7 },
    ...{ lrSchedulerType: "cosine", loggingSteps: 10 },
  });
  const onWarning = ({ code, message }: { code: string; message: string }) =>
    console.log(`${code}: ${message}`);
  const trainer = new SFTTrainer({ model: peft, tokenizer, trainDataset, args, onWarning });
  const { trainingLoss } = await trainer.train();
  console.log(`mean loss ${trainingLoss.toFixed(2)}`);
  return peft;
}

// %% without the EOS output=varies
const endless = await tune(withoutEos);

// %% with it output=varies
const tuned = await tune(withEos);

// %% [markdown]
/*
The library saw it, and warned; most do not. The loss does not tell: it fell in both runs, and the two are means over
different tokens. Now ask both, and the base, about patients of neither run.
*/

// %% ask about held-out patients output=varies
const asked = tinyHeldout.slice(0, 60);
const askAll = (model: Parameters<typeof generateText>[0]) =>
  generateText(
    model,
    tokenizer,
    asked.map(({ prompt }) => prompt),
    { maxNewTokens: 16, batchSize: 60 },
  );
const written = { base: await askAll(base), endless: await askAll(endless), tuned: await askAll(tuned) };
for (const at of [0, 1, 2]) {
  console.log(`${asked[at]!.prompt.split("\n")[0]}  reference:${asked[at]!.completion}`);
  for (const [name, texts] of Object.entries(written))
    console.log(`  ${name.padEnd(8)}${JSON.stringify(texts[at])}`);
}

// %% how many are exactly right output=varies
const share = (texts: readonly string[]) =>
  (100 * texts.filter((text, at) => exactMatch(text, asked[at]!.completion)).length) / texts.length;
const shares = Object.fromEntries(Object.entries(written).map(([name, texts]) => [name, share(texts)]));
for (const [name, percent] of Object.entries(shares)) console.log(`${name.padEnd(8)}${percent.toFixed(0)} %`);
barChart(shares, { title: "Exactly right, held-out patients", xLabel: "", yLabel: "%" });

// %% how many begin rightly output=varies
const begins = (texts: readonly string[]) =>
  texts.filter((text, at) => text.startsWith(asked[at]!.completion)).length;
for (const [name, texts] of Object.entries(written)) {
  const characters = texts.reduce((sum, text) => sum + text.length, 0) / texts.length;
  console.log(
    `${name.padEnd(8)}${begins(texts)} of ${texts.length} begin rightly, ${characters.toFixed(0)} characters`,
  );
}

// %% [markdown]
/*
Compare how many texts **begin** rightly with how many are right as a whole. The endless model lacks not the answer but
its end: no step told it where to stop, and what follows spoils a right beginning. One masked token an example did that.

And form is not fact: an answer that looks right may tell another patient's age.
*/

// %% [markdown]
/*
## Better, or only different?

Two patients may share age, sex and length of stay. Then a question about one stands, word for word, in the rows that were
trained on, and its answer shows memory, not skill. Does that happen here?
*/

// %% how many were trained on
const trainedPrompts = new Set(tinyTrain.slice(0, 640).map(({ prompt }) => prompt));
const repeated = asked.filter(({ prompt }) => trainedPrompts.has(prompt));
console.log(`${repeated.length} of ${asked.length} questions stand in the training rows, word for word`);

// %% [markdown]
/*
**Held out** means that nobody has seen it. And how much better is better? One answer more can be luck. So say **before**
you look by how many answers the tuned model must win. That is your margin; notebook 15 replaces it by an interval.
*/

// %% a question, and what two models said
interface AnsweredRow {
  prompt: string;
  /** What should stand behind the prompt. */
  completion: string;
  /** What the base model wrote, and what the tuned one did. */
  base: string;
  tuned: string;
}

// %% exercise id=beats-base title="Does tuning beat the base?" difficulty=2 importance=4 minutes=10 hint="Keep the rows whose prompt `trained.has` not, and look at how many are left before anything else." hint="`exactMatch(answer, completion)` gives 1 or 0, whatever the case and the spaces. Count where it gives 1, once for each model." hint="`beats` is about a difference: the tuned model's count minus that of the base, which has to reach the margin."
/*
Complete `compareExact`. A row counts unless its prompt is among `trained`. Count the rows that do, and the answers of each
model that `exactMatch` finds right. The tuned model `beats` the base by `margin` right answers **or more**. If no row
counts, throw a `RangeError`.

You should see four check marks below. Then try it on `asked` and `written`.
*/
/** How many held-out questions there are, how many each model has exactly right, and whether the tuned one wins. */
function compareExact(
  rows: readonly AnsweredRow[],
  trained: ReadonlySet<string>,
  margin: number,
): { rows: number; base: number; tuned: number; beats: boolean } {
  // BEGIN SOLUTION
  const heldOut = rows.filter(({ prompt }) => !trained.has(prompt));
  if (heldOut.length === 0) throw new RangeError("Every question was trained on");
  const right = (model: "base" | "tuned") =>
    heldOut.filter((row) => exactMatch(row[model], row.completion) === 1).length;
  const [base, tuned] = [right("base"), right("tuned")];
  return { rows: heldOut.length, base, tuned, beats: tuned - base >= margin };
  // END SOLUTION
}

// %% tests points=2
const answered = [
  { prompt: "Age?", completion: " 55 years", base: " 55 years\nSex: M", tuned: " 55 years" },
  { prompt: "Sex?", completion: " male", base: " male", tuned: " Male." },
  { prompt: "Stay?", completion: " 7 days", base: " rash, no surgery", tuned: " 7 days" },
  { prompt: "Dx?", completion: " asthma", base: " asthma", tuned: " a stroke" },
];
const none = new Set<string>();
const ofFour = { rows: 4, base: 2, tuned: 3, beats: true };
checkEqual("right as a whole", compareExact(answered, none, 1), ofFour);
checkEqual("a margin that is not reached", compareExact(answered, none, 2), { ...ofFour, beats: false });
const withoutSex = { rows: 3, base: 1, tuned: 2, beats: true };
checkEqual("a trained question does not count", compareExact(answered, new Set(["Sex?"]), 1), withoutSex);
let refusal = "nothing was thrown";
try {
  compareExact(answered, new Set(["Age?", "Sex?", "Stay?", "Dx?"]), 1);
} catch (error) {
  refusal = error instanceof RangeError ? "RangeError" : "another error";
}
checkEqual("nothing held out", refusal, "RangeError");
// BEGIN HIDDEN TESTS: a model that got worse, and questions that are asked twice
const worse = answered.map((row) => ({ ...row, base: row.tuned, tuned: row.base }));
checkEqual("hidden: worse", compareExact(worse, none, 1), { rows: 4, base: 3, tuned: 2, beats: false });
const doubled = { rows: 8, base: 4, tuned: 6, beats: true };
checkEqual("hidden: asked twice", compareExact([...answered, ...answered], none, 2), doubled);
// END HIDDEN TESTS

// %% mutant title="a right beginning is enough" caught="right as a whole"
/*
  const heldOut = rows.filter(({ prompt }) => !trained.has(prompt));
  if (heldOut.length === 0) throw new RangeError("Every question was trained on");
  const right = (model: "base" | "tuned") => heldOut.filter((row) => row[model].startsWith(row.completion)).length;
  const [base, tuned] = [right("base"), right("tuned")];
  return { rows: heldOut.length, base, tuned, beats: tuned - base >= margin };
*/

// %% mutant title="character by character" caught="right as a whole"
/*
  const heldOut = rows.filter(({ prompt }) => !trained.has(prompt));
  if (heldOut.length === 0) throw new RangeError("Every question was trained on");
  const right = (model: "base" | "tuned") => heldOut.filter((row) => row[model] === row.completion).length;
  const [base, tuned] = [right("base"), right("tuned")];
  return { rows: heldOut.length, base, tuned, beats: tuned - base >= margin };
*/

// %% mutant title="counts what was trained on" caught="a trained question does not count"
/*
  const heldOut = rows.filter(({ prompt }) => !trained.has(prompt));
  if (heldOut.length === 0) throw new RangeError("Every question was trained on");
  const right = (model: "base" | "tuned") => rows.filter((row) => exactMatch(row[model], row.completion) === 1).length;
  const [base, tuned] = [right("base"), right("tuned")];
  return { rows: heldOut.length, base, tuned, beats: tuned - base >= margin };
*/

// %% mutant title="any gain is a win" caught="a margin that is not reached"
/*
  const heldOut = rows.filter(({ prompt }) => !trained.has(prompt));
  if (heldOut.length === 0) throw new RangeError("Every question was trained on");
  const right = (model: "base" | "tuned") => heldOut.filter((row) => exactMatch(row[model], row.completion) === 1).length;
  const [base, tuned] = [right("base"), right("tuned")];
  return { rows: heldOut.length, base, tuned, beats: tuned > base && margin > 0 };
*/

// %% mutant title="more than the margin" caught="right as a whole"
/*
  const heldOut = rows.filter(({ prompt }) => !trained.has(prompt));
  if (heldOut.length === 0) throw new RangeError("Every question was trained on");
  const right = (model: "base" | "tuned") => heldOut.filter((row) => exactMatch(row[model], row.completion) === 1).length;
  const [base, tuned] = [right("base"), right("tuned")];
  return { rows: heldOut.length, base, tuned, beats: tuned - base > margin };
*/

// %% mutant title="nothing against nothing" caught="nothing held out"
/*
  const heldOut = rows.filter(({ prompt }) => !trained.has(prompt));
  const right = (model: "base" | "tuned") => heldOut.filter((row) => exactMatch(row[model], row.completion) === 1).length;
  const [base, tuned] = [right("base"), right("tuned")];
  return { rows: heldOut.length, base, tuned, beats: tuned - base >= margin };
*/

// %% mutant title="a difference without its sign" caught="hidden: worse"
/*
  const heldOut = rows.filter(({ prompt }) => !trained.has(prompt));
  if (heldOut.length === 0) throw new RangeError("Every question was trained on");
  const right = (model: "base" | "tuned") => heldOut.filter((row) => exactMatch(row[model], row.completion) === 1).length;
  const [base, tuned] = [right("base"), right("tuned")];
  return { rows: heldOut.length, base, tuned, beats: Math.abs(tuned - base) >= margin };
*/

// %% mutant title="each question once" caught="hidden: asked twice"
/*
  const once = [...new Map(rows.map((row) => [row.prompt, row])).values()];
  const heldOut = once.filter(({ prompt }) => !trained.has(prompt));
  if (heldOut.length === 0) throw new RangeError("Every question was trained on");
  const right = (model: "base" | "tuned") => heldOut.filter((row) => exactMatch(row[model], row.completion) === 1).length;
  const [base, tuned] = [right("base"), right("tuned")];
  return { rows: heldOut.length, base, tuned, beats: tuned - base >= margin };
*/

// %% [markdown]
/*
## Several turns

A conversation has several answers, each with its own end. Chat models bring a **template** that writes the turns; ours
is a short one.
*/

// %% a chat template
tokenizer.chatTemplate =
  "{% for m in messages %}{{ m.role + ': ' + m.content + eos_token + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}assistant:{% endif %}";
const messages = [
  { role: "user", content: `${line}. How long was the stay?` },
  { role: "assistant", content: "4 days" },
  { role: "user", content: "How old is he?" },
  { role: "assistant", content: "58 years" },
];
console.log(tokenizer.applyChatTemplate(messages, { tokenize: false }));

// %% what the assistant says counts
const chat = tokenizeSFTRow({ messages }, tokenizer, new SFTConfig({ assistantOnlyLoss: true }));
maskView(chat, tokenizer);

// %% [markdown]
/*
Both answers are trained, each with its EOS. The word `assistant:` is not: whoever asks writes it. The EOS of a
*user's* turn is not, either; the model never has to end a question.
*/

// %% a turn, as tokens
interface Turn {
  role: "user" | "assistant";
  /** The tokens that say whose turn it is. */
  header: readonly number[];
  content: readonly number[];
}

// %% exercise id=conversation-mask title="A mask for every turn" difficulty=2 importance=4 minutes=10 hint="`turns.flatMap` over [header, content, eos] gives the ids; do the same once more for the labels." hint="For an assistant's turn the labels are −100 for each token of the header, then the content and the EOS as they are." hint="Decide by the role of the turn. The same token may stand in a question and in an answer."
/*
Complete `conversationRow`. Each turn gives its header, its content, and the EOS. Trained are the content **and** the
EOS of every turn of the assistant; all else has the label −100.

You should see two check marks below, then two more.
*/
/** The tokens of a conversation and their labels, both [T]. */
function conversationRow(turns: readonly Turn[], eos: number): { inputIds: number[]; labels: number[] } {
  // BEGIN SOLUTION
  const inputIds = turns.flatMap(({ header, content }) => [...header, ...content, eos]);
  const labels = turns.flatMap(({ role, header, content }) =>
    role === "assistant"
      ? [...header.map(() => -100), ...content, eos]
      : [...header, ...content, eos].map(() => -100),
  );
  return { inputIds, labels };
  // END SOLUTION
}

// %% tests points=1
const oneAnswer = conversationRow(
  [
    { role: "user", header: [20, 21], content: [5, 6] },
    { role: "assistant", header: [30], content: [7] },
  ],
  0,
);
checkEqual("tokens", oneAnswer.inputIds, [20, 21, 5, 6, 0, 30, 7, 0]);
checkEqual("labels of one answer", oneAnswer.labels, [-100, -100, -100, -100, -100, -100, 7, 0]);

// %% tests id=conversation-mask-turns points=2
const user = (...content: number[]) => ({ role: "user" as const, header: [20, 21], content });
const assistant = (...content: number[]) => ({ role: "assistant" as const, header: [30], content });
/** The trained tokens; a point where there is none, a question mark where label and token differ. */
const trainedOf = (...turns: Parameters<typeof conversationRow>[0]) => {
  const { inputIds, labels } = conversationRow(turns, 0);
  const shown = labels.map((label, at) => (label === -100 ? "." : label === inputIds[at] ? `${label}` : "?"));
  return shown.join(" ");
};
const twoAnswers = trainedOf(user(5), assistant(7, 8), user(6), assistant(9));
checkEqual("labels of two answers", twoAnswers, ". . . . . 7 8 0 . . . . . 9 0");
checkEqual("a token may be asked and answered", trainedOf(user(5, 7), assistant(7, 5)), ". . . . . . 7 5 0");
// BEGIN HIDDEN TESTS: other orders, another EOS
checkEqual("hidden: another order", trainedOf(assistant(4), user(5)), ". 4 0 . . . .");
checkEqual("hidden: two in a row", trainedOf(assistant(4), assistant(5)), ". 4 0 . 5 0");
checkEqual("hidden: another EOS", conversationRow([assistant(4)], 2), {
  inputIds: [30, 4, 2],
  labels: [-100, 4, 2],
});
// END HIDDEN TESTS

// %% mutant title="the last answer alone" caught="labels of two answers"
/*
  const inputIds = turns.flatMap(({ header, content }) => [...header, ...content, eos]);
  const labels = turns.flatMap(({ header, content }, at) =>
    at === turns.length - 1 ? [...header.map(() => -100), ...content, eos] : [...header, ...content, eos].map(() => -100),
  );
  return { inputIds, labels };
*/

// %% mutant title="trains the header" caught="labels of one answer"
/*
  const inputIds = turns.flatMap(({ header, content }) => [...header, ...content, eos]);
  const labels = turns.flatMap(({ role, header, content }) =>
    role === "assistant" ? [...header, ...content, eos] : [...header, ...content, eos].map(() => -100),
  );
  return { inputIds, labels };
*/

// %% mutant title="masks every EOS" caught="labels of one answer"
/*
  const inputIds = turns.flatMap(({ header, content }) => [...header, ...content, eos]);
  const labels = turns.flatMap(({ role, header, content }) =>
    role === "assistant" ? [...header.map(() => -100), ...content, -100] : [...header, ...content, eos].map(() => -100),
  );
  return { inputIds, labels };
*/

// %% mutant title="trains the user's EOS" caught="labels of one answer"
/*
  const inputIds = turns.flatMap(({ header, content }) => [...header, ...content, eos]);
  const labels = turns.flatMap(({ role, header, content }) =>
    role === "assistant" ? [...header.map(() => -100), ...content, eos] : [...[...header, ...content].map(() => -100), eos],
  );
  return { inputIds, labels };
*/

// %% mutant title="an EOS at the very end alone" caught="tokens"
/*
  const inputIds = [...turns.flatMap(({ header, content }) => [...header, ...content]), eos];
  const labels = turns.flatMap(({ role, header, content }) =>
    role === "assistant" ? [...header.map(() => -100), ...content] : [...header, ...content].map(() => -100),
  );
  return { inputIds, labels: [...labels, eos] };
*/

// %% mutant title="masks by token" caught="a token may be asked and answered"
/*
  const inputIds = turns.flatMap(({ header, content }) => [...header, ...content, eos]);
  const asked = new Set(turns.flatMap(({ role, content }) => (role === "user" ? content : [])));
  const labels = turns.flatMap(({ role, header, content }) =>
    role === "assistant" ? [...header.map(() => -100), ...content.map((id) => (asked.has(id) ? -100 : id)), eos] : [...header, ...content, eos].map(() => -100),
  );
  return { inputIds, labels };
*/

// %% mutant title="every second turn" caught="hidden: another order"
/*
  const inputIds = turns.flatMap(({ header, content }) => [...header, ...content, eos]);
  const labels = turns.flatMap(({ header, content }, at) =>
    at % 2 === 1 ? [...header.map(() => -100), ...content, eos] : [...header, ...content, eos].map(() => -100),
  );
  return { inputIds, labels };
*/

// %% [markdown]
/*
## The mean, of what?

A batch that does not fit into memory is cut into **micro-batches**, whose gradients are added up before a step. It
should make no difference. Here are two micro-batches with a loss for each answer token: one short answer, one long.
*/

// %% the wrong mean
const short = [4, 4]; // nats, token by token
const long = [1, 1, 1, 1, 1, 1, 1, 1];
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
console.log("mean of the two means:", mean([mean(short), mean(long)]));
console.log("mean over all tokens: ", mean([...short, ...long]));

// %% [markdown]
/*
The mean of means lets a token of the short answer count four times as much. The trainer of transformers computed just
this with micro-batches, until October 2024 ([its authors' account](https://huggingface.co/blog/gradient_accumulation)).

The right way divides once, by the number of trained tokens of the **whole** step.
*/

// %% a row with its losses
interface ScoredRow {
  /** What predicting each token cost, in nats: `[T]`. */
  losses: readonly number[];
  /** The tokens, -100 where none is trained: `[T]`. */
  labels: readonly number[];
}

// %% exercise id=step-loss title="One mean for a whole step" difficulty=3 importance=4 minutes=10 hint="Walk over micro-batches, rows and places, and keep two sums: of losses, and of how many." hint="Compare a label with −100. Testing whether it is truthy loses token 0, and that is our EOS."
/*
Complete `stepLoss`: the mean over all trained tokens of all micro-batches of a step. A micro-batch may have no trained
token at all. If the whole step has none, throw a `RangeError`: there is nothing to learn from.

You should see three check marks below, then two more.
*/
/** The mean loss, in nats a trained token, of a step in several micro-batches. */
function stepLoss(microBatches: readonly (readonly ScoredRow[])[]): number {
  // BEGIN SOLUTION
  const rows = microBatches.flat();
  const trained = rows.flatMap(({ losses, labels }) => losses.filter((_, at) => labels[at] !== -100));
  if (trained.length === 0) throw new RangeError("No token of this step is trained");
  return trained.reduce((sum, loss) => sum + loss, 0) / trained.length;
  // END SOLUTION
}

// %% tests points=2
const scored = (losses: number[], labels: number[]) => ({ losses, labels });
const brief = scored([9, 4, 4], [-100, 7, 8]);
const wordy = scored([9, 1, 1, 1, 1, 1, 1], [-100, 5, 5, 6, 6, 7, 7]);
checkClose("rows of unequal length", stepLoss([[brief, wordy]]), 1.75);
checkClose("micro-batches of unequal length", stepLoss([[brief], [wordy]]), 1.75);
checkClose("token 0 counts", stepLoss([[scored([9, 2, 5], [-100, 7, 0])]]), 3.5);
// BEGIN HIDDEN TESTS: the same rows cut in many ways
const rowOf = (length: number) => {
  const places = Array.from({ length }, (_, at) => at);
  const costs = places.map((at) => at + length - 2);
  return scored(
    costs,
    places.map((at) => (at === 0 ? -100 : at)),
  );
};
const many = [2, 3, 4, 5, 6, 7].map(rowOf);
checkClose("hidden: in one", stepLoss([many]), 6);
checkClose("hidden: cut in two", stepLoss([many.slice(0, 1), many.slice(1)]), 6);
// END HIDDEN TESTS

// %% tests id=step-loss-empty points=1
const untrained = { losses: [9, 9], labels: [-100, -100] };
const trainedRow = { losses: [9, 1, 2], labels: [-100, 5, 6] };
const outcomeOf = (step: Parameters<typeof stepLoss>[0]) => {
  try {
    return String(stepLoss(step));
  } catch (error) {
    return error instanceof RangeError ? "RangeError" : "another error";
  }
};
checkEqual("a micro-batch without an answer", outcomeOf([[untrained], [trainedRow]]), "1.5");
checkEqual("a step without an answer", outcomeOf([[untrained]]), "RangeError");
// BEGIN HIDDEN TESTS: no row, no micro-batch
checkEqual("hidden: no row", outcomeOf([[]]), "RangeError");
checkEqual("hidden: no micro-batch", outcomeOf([]), "RangeError");
// END HIDDEN TESTS

// %% mutant title="the mean of the micro-batches' means" caught="micro-batches of unequal length"
/*
  const means = microBatches.map((rows) => {
    const trained = rows.flatMap(({ losses, labels }) => losses.filter((_, at) => labels[at] !== -100));
    return trained.reduce((sum, loss) => sum + loss, 0) / trained.length;
  });
  return means.reduce((sum, value) => sum + value, 0) / means.length;
*/

// %% mutant title="the mean of the rows' means" caught="rows of unequal length"
/*
  const means = microBatches.flat().map(({ losses, labels }) => {
    const trained = losses.filter((_, at) => labels[at] !== -100);
    return trained.reduce((sum, loss) => sum + loss, 0) / trained.length;
  });
  return means.reduce((sum, value) => sum + value, 0) / means.length;
*/

// %% mutant title="divides by all tokens" caught="rows of unequal length"
/*
  const rows = microBatches.flat();
  const trained = rows.flatMap(({ losses, labels }) => losses.filter((_, at) => labels[at] !== -100));
  return trained.reduce((sum, loss) => sum + loss, 0) / rows.flatMap(({ labels }) => labels).length;
*/

// %% mutant title="counts prompts, too" caught="rows of unequal length"
/*
  const all = microBatches.flat().flatMap(({ losses }) => losses);
  return all.reduce((sum, loss) => sum + loss, 0) / all.length;
*/

// %% mutant title="truthy labels" caught="token 0 counts"
/*
  const rows = microBatches.flat();
  const trained = rows.flatMap(({ losses, labels }) => losses.filter((_, at) => labels[at] && labels[at] !== -100));
  if (trained.length === 0) throw new RangeError("No token of this step is trained");
  return trained.reduce((sum, loss) => sum + loss, 0) / trained.length;
*/

// %% mutant title="a mean of nothing" caught="a step without an answer"
/*
  const rows = microBatches.flat();
  const trained = rows.flatMap(({ losses, labels }) => losses.filter((_, at) => labels[at] !== -100));
  return trained.reduce((sum, loss) => sum + loss, 0) / trained.length;
*/

// %% mutant title="leaves at the first empty micro-batch" caught="a micro-batch without an answer"
/*
  const sums = { loss: 0, count: 0 };
  for (const rows of microBatches) {
    const trained = rows.flatMap(({ losses, labels }) => losses.filter((_, at) => labels[at] !== -100));
    if (trained.length === 0) throw new RangeError("No token of this step is trained");
    sums.loss += trained.reduce((sum, loss) => sum + loss, 0);
    sums.count += trained.length;
  }
  return sums.loss / sums.count;
*/

// %% [markdown]
/*
The library divides once, too. The same four rows, in one batch and in four micro-batches:
*/

// %% the loss of one step
import { formatExample } from "residency/clinical";
const fourRows = trainRows.slice(0, 4).map(formatExample);
async function firstLoss(rows: typeof fourRows, gradientAccumulationSteps: number): Promise<number> {
  const model = await AutoModelForCausalLM.fromPretrained(assetPath("intern"));
  const peft = getPeftModel(model, new LoraConfig({ r: 4, targetModules: ["q_proj", "v_proj"] }));
  const perDeviceTrainBatchSize = rows.length / gradientAccumulationSteps;
  const args = new SFTConfig({ maxSteps: 1, perDeviceTrainBatchSize, gradientAccumulationSteps, seed: 1 });
  const { trainingLoss } = await new SFTTrainer({ model: peft, tokenizer, trainDataset: rows, args }).train();
  peft.root.dispose();
  return trainingLoss;
}

// %% in one, in four, and the wrong mean output=varies
console.log("one batch of four:  ", (await firstLoss(fourRows, 1)).toFixed(5));
console.log("four of one:        ", (await firstLoss(fourRows, 4)).toFixed(5));
const single: number[] = [];
for (const row of fourRows) single.push(await firstLoss([row], 1));
console.log("mean of four means: ", mean(single).toFixed(5));

// %% [markdown]
/*
## The length counts the prompt

The talk's notebook trains with `max_seq_length=512`, and what is longer is cut at the end. But the end is where the
**answer** is. A clinical note fills the row, and the answer falls off.
*/

// %% a row that is cut
const clinical = trainRows.slice(0, 300).map(formatExample);
const cutTo = (row: (typeof clinical)[number], maxLength: number) =>
  maskView(tokenizeSFTRow(row, tokenizer, new SFTConfig({ maxLength })), tokenizer).counts;
console.log("512:", cutTo(clinical[0]!, 512));
console.log("128:", cutTo(clinical[0]!, 128));

// %% [markdown]
/*
Nothing of this row is trained. If all tokens counted, the loss would still fall, on prompts alone. For each limit,
how many rows lose their EOS?
*/

// %% rows that lose their end
const rowLengths = clinical.map((row) => cutTo(row, 1024).tokens);
const limits = Array.from({ length: 21 }, (_, at) => 320 + 10 * at);
const lost = limits.map(
  (limit) => (100 * rowLengths.filter((length) => length > limit).length) / rowLengths.length,
);
lineChart([{ name: "lost", x: limits, y: lost }], {
  title: "Rows that lose their end",
  xLabel: "maxLength (tokens)",
  yLabel: "%",
});

// %% exercise id=fit-row title="Cut the note, not the answer" difficulty=2 importance=4 minutes=8 hint="What must stay are `before`, `after` and `answer`; what is left of maxLength is room for the note." hint="`note.slice(0, room)` keeps the beginning of the note. With a negative room it would cut from the other end: ask first."
/*
Complete `fitRow`. A row is `before` (the instruction), the note, `after` (the question), and the answer with
its EOS. Where it is too long, the **end of the note** gives way, and only as far as needed. Where it is too long
without any note, give `undefined`.

You should see four check marks below.
*/
/** The tokens of a row of at most maxLength, its note cut where needed; undefined where that is not enough. */
function fitRow(
  parts: Readonly<Record<"before" | "note" | "after" | "answer", readonly number[]>>,
  maxLength: number,
): number[] | undefined {
  // BEGIN SOLUTION
  const { before, note, after, answer } = parts;
  const room = maxLength - before.length - after.length - answer.length;
  if (room < 0) return undefined;
  return [...before, ...note.slice(0, room), ...after, ...answer];
  // END SOLUTION
}

// %% tests points=2
const parts = { before: [1, 2], note: [10, 11, 12, 13], after: [3], answer: [7, 8, 0] };
checkEqual("a short row stays whole", fitRow(parts, 20) ?? [], [1, 2, 10, 11, 12, 13, 3, 7, 8, 0]);
checkEqual("a row of just that length, too", fitRow(parts, 10) ?? [], [1, 2, 10, 11, 12, 13, 3, 7, 8, 0]);
checkEqual("the end of the note gives way", fitRow(parts, 8) ?? [], [1, 2, 10, 11, 3, 7, 8, 0]);
checkEqual("too long without a note", fitRow(parts, 5) === undefined, true);
// BEGIN HIDDEN TESTS: no room for the note, and no note
checkEqual("hidden: no room for the note", fitRow(parts, 6) ?? [], [1, 2, 3, 7, 8, 0]);
checkEqual("hidden: no note", fitRow({ ...parts, note: [] }, 6) ?? [], [1, 2, 3, 7, 8, 0]);
checkEqual("hidden: the parts are unchanged", parts.note, [10, 11, 12, 13]);
// END HIDDEN TESTS

// %% mutant title="cuts the end of the row" caught="the end of the note gives way"
/*
  const { before, note, after, answer } = parts;
  return [...before, ...note, ...after, ...answer].slice(0, maxLength);
*/

// %% mutant title="cuts the beginning of the row" caught="the end of the note gives way"
/*
  const { before, note, after, answer } = parts;
  return [...before, ...note, ...after, ...answer].slice(-maxLength);
*/

// %% mutant title="leaves long rows out" caught="the end of the note gives way"
/*
  const { before, note, after, answer } = parts;
  const row = [...before, ...note, ...after, ...answer];
  return row.length > maxLength ? undefined : row;
*/

// %% mutant title="the beginning of the note gives way" caught="the end of the note gives way"
/*
  const { before, note, after, answer } = parts;
  const surplus = before.length + note.length + after.length + answer.length - maxLength;
  if (surplus > note.length) return undefined;
  return [...before, ...note.slice(Math.max(0, surplus)), ...after, ...answer];
*/

// %% mutant title="a negative room" caught="too long without a note"
/*
  const { before, note, after, answer } = parts;
  const room = maxLength - before.length - after.length - answer.length;
  return [...before, ...note.slice(0, room), ...after, ...answer];
*/

// %% mutant title="wants some note" caught="hidden: no room for the note"
/*
  const { before, note, after, answer } = parts;
  const room = maxLength - before.length - after.length - answer.length;
  if (room <= 0) return undefined;
  return [...before, ...note.slice(0, room), ...after, ...answer];
*/

// %% [markdown]
/*
## What you can now do

- Fill a **frame** with any text, and keep it the same in training and in use.
- Read a **mask**: trained, read, or padding, and find the EOS in it.
- Recognise a model that never learnt to **stop**, and say why.
- Say whether tuning **beat** the base, by a margin that was set before, on questions that were never trained on.
- Mask a **conversation**, and take the **mean** over its answers.
- Cut a row where it hurts least.

## Check yourself

Choose an answer, then open it.
*/

// %% [markdown]
/*
**1. What does the label −100 say?**

<details><summary>The model does not read this token.</summary>No. It is read as any other; the attention mask says what
is not read.</details>
<details><summary>Predicting this token adds nothing to the loss.</summary>Yes. Cross-entropy passes over the place, and
does not count it in the mean.</details>
<details><summary>This token is very unlikely.</summary>No. It is a mark, not a number to compute with.</details>
*/

// %% [markdown]
/*
**2. A tuned model answers rightly, then talks on. Where do you look first?**

<details><summary>At the learning rate.</summary>No. The answers are right, so it has learnt.</details>
<details><summary>At the labels of the EOS.</summary>Yes. Pad = eos, or a template without it, and no step ever
trained it to stop.</details>
<details><summary>At the temperature.</summary>No. It picks among tokens; it cannot make a token likely that was never
learnt.</details>
*/

// %% [markdown]
/*
**3. Why does a prompt for this model end without a space?**

<details><summary>To save a token.</summary>It does, but that is not the reason.</details>
<details><summary>The space belongs to the token of the next word.</summary>Yes. Otherwise the model stands where
training never put it.</details>
<details><summary>Spaces are removed anyway.</summary>No. Byte-level BPE keeps every byte.</details>
*/

// %% [markdown]
/*
**4. In a conversation, which EOS is trained?**

<details><summary>The last one.</summary>No. Then the model stops after a conversation, and not after an answer.</details>
<details><summary>All of them.</summary>Not needed: the user ends the user's turns.</details>
<details><summary>That of every assistant's turn.</summary>Yes. Behind each answer the model must say that it is
done.</details>
*/

// %% [markdown]
/*
**5. Accumulating four micro-batches gives another loss than one batch of all. What is wrong?**

<details><summary>Nothing, rounding.</summary>Rounding shows in the sixth digit, not in the second.</details>
<details><summary>Each micro-batch was divided by its own count.</summary>Yes. Divide once, by the tokens of the whole
step.</details>
<details><summary>The batches were shuffled.</summary>No. A sum does not mind the order.</details>
*/

// %% [markdown]
/*
**Glossary.** *Instruction tuning*: training on instructions and answers. *Frame*, or *prompt template*: the fixed text
around them. *Completion-only loss*: the prompt is read, the answer trained. *Label*: the token to predict, or −100. *EOS*:
the token that ends a text. *Held out*: never trained on. *Chat template*: the frame of a conversation. *Micro-batch*: a
part of a step's batch.

**Stretch.** Ask the tuned model with another frame: `Question:` in place of `Instruct:`, or a space at the end. How much
of its exact match is left?
*/
