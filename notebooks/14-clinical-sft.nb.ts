/**
 * Notebook 14: a small clinical language model, fine-tuned on instructions from data to comparison.
 *
 * title: Clinical supervised fine-tuning
 * goal: look at data before training on it
 * goal: put a note and a question into a prompt, and take the loss on the answer alone
 * goal: fine-tune a pretrained model with LoRA, and watch the loss while it falls
 * goal: compare base and tuned model on patients that neither has seen
 * reading: 20 minutes
 * running: 3 minutes on two cores
 * memory: 1 GB
 * needs: notebook 03 for cross-entropy
 */

// %% [markdown]
/*
Asclepius (Kweon and Kim et al., ACL 2024 Findings) showed that a clinical model can be trained without a single real
patient: case reports become synthetic notes, notes become instructions, instructions become answers. We walk the
same path with a model small enough for a laptop.

The model is `intern`: 0.87 million parameters, pretrained on synthetic notes and on nothing else. It can write notes.
It has never seen a question.
*/

// %% import what the data needs
import { assetPath, AutoTokenizer, readJsonlFile, setBackend, SFTConfig } from "residency";
import { html } from "residency/cell";
import {
  clinicalTasks,
  formatExample,
  formatPrompt,
  parseClinicalRow,
  parseNoteRow,
} from "residency/clinical";
import { tokenizeSFTRow } from "residency/train";
import { barChart, groupedBarChart, histogram } from "residency/viz";

// %% choose how long it may take output=varies
const fast = process.env["RESIDENCY_FAST"] === "1"; // a minute instead of three, and a worse model
const maxSteps = fast ? 70 : 200;
const backend = await setBackend();
console.log(`${backend.name}: ${backend.reason}; ${maxSteps} training steps`);

// %% [markdown]
/*
## The data: notes, and questions about notes

Three files. `notes.jsonl` holds the notes that `intern` was pretrained on. `train.jsonl` asks about some of them;
`heldout.jsonl` asks about patients that are in neither of the others.
*/

// %% load the three files
const notes = await readJsonlFile(assetPath("clinical", "notes.jsonl"), { parse: parseNoteRow });
const trainRows = await readJsonlFile(assetPath("clinical", "train.jsonl"), { parse: parseClinicalRow });
const heldoutRows = await readJsonlFile(assetPath("clinical", "heldout.jsonl"), { parse: parseClinicalRow });
console.log(`${notes.length} notes, ${trainRows.length} training rows, ${heldoutRows.length} held-out rows`);

// %% read one note
console.log(notes[0]!.note);

// %% [markdown]
/*
Headers, acronyms, a typo here and there: the texture of a discharge summary, and not a word about a real person.
Its key facts stand in more than one place, as in real notes. How long are they?
*/

// %% draw the lengths of the notes
histogram(
  notes.map(({ note }) => note.length),
  { title: "Length of the notes", xLabel: "Characters", yLabel: "Notes", bins: 30 },
);

// %% [markdown]
/*
Each row has a note, a question, an answer, and one of the eight tasks of Asclepius. A task that is rare in training
is a task that the model will be bad at, so count them first.
*/

// %% count the tasks
const taskCounts = Object.fromEntries(
  clinicalTasks.map((task) => [task, trainRows.filter((row) => row.task === task).length]),
);
barChart(taskCounts, { title: "Training rows by task", xLabel: "", yLabel: "Rows" });

// %% read one row of each task
for (const task of clinicalTasks) {
  const { question, answer } = trainRows.find((row) => row.task === task)!;
  console.log(`${task}\n  Q: ${question}\n  A: ${answer}`);
}

// %% [markdown]
/*
Before anything else: do the two sets share a patient? If they did, a model that remembers would look like a model
that reads.
*/

// %% check that no held-out patient was seen
const seen = new Set([...notes, ...trainRows].map(({ patientId }) => patientId));
const shared = heldoutRows.filter(({ patientId }) => seen.has(patientId));
if (shared.length > 0)
  throw new Error(`${shared.length} held-out rows are about patients of the training data`);
console.log("no patient is in both");

// %% [markdown]
/*
## Tokens

The tokenizer is byte-level BPE with 1,024 tokens, trained on the notes. Common clinical words are one token; words
that the notes do not have fall into pieces, down to single bytes, so nothing is ever unknown.
*/

// %% cut two sentences into tokens
const tokenizer = await AutoTokenizer.fromPretrained(assetPath("tokenizer"));
console.log(tokenizer.tokenize("Pt was admitted for pneumonia (PNA)."));
console.log(tokenizer.tokenize("Instruct: Answer to the question."));

// %% [markdown]
/*
## The prompt

The frame is that of the talk. The prompt ends at `Output:`; the answer begins with a space, since in this tokenizer
a space belongs to the word behind it.
*/

// %% format one example
const example = formatExample(trainRows[0]!);
console.log(example.prompt + "█" + example.completion);

// %% [markdown]
/*
The loss is taken on the answer and on the token that ends it, `<|endoftext|>`. Without that token in the loss, a
model never learns to stop. Here is the mask, token by token: grey is read, blue is trained on.
*/

// %% show what is trained on
const config = new SFTConfig({
  maxSteps,
  perDeviceTrainBatchSize: 4,
  perDeviceEvalBatchSize: 16,
  learningRate: 5e-3,
  lrSchedulerType: "cosine",
  warmupRatio: 0.03,
  loggingSteps: 5,
  maxLength: 320,
  trainSamplingStrategy: "group_by_length",
  seed: 1,
});
const masked = tokenizeSFTRow(example, tokenizer, config);
const pieces = masked.inputIds.map((id, position) => {
  const text = tokenizer
    .decode([id])
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll("\n", "↵\n");
  const trained = masked.labels[position] !== -100;
  return `<span style="background:${trained ? "#0072b2;color:#fff" : "#eee;color:#555"}">${text}</span>`;
});
html(`<pre style="white-space:pre-wrap;line-height:1.6">${pieces.join("")}</pre>`);

// %% measure the lengths in tokens
const lengths = trainRows.map((row) => tokenizeSFTRow(formatExample(row), tokenizer, config).inputIds.length);
histogram(lengths, { title: "Length of the examples", xLabel: "Tokens", yLabel: "Examples", bins: 30 });

// %% [markdown]
/*
## The base model

`intern` has the layout of Llama: RMSNorm, rotary positions, grouped-query attention, SwiGLU. It loads like any
Hugging Face folder, since it is one.
*/

// %% import what the model needs
import { AutoModelForCausalLM, exactMatch, generateText, getPeftModel, LoraConfig, tokenF1 } from "residency";
import { liveTraining, peakRssMb, progressDisplay, SFTTrainer } from "residency";
import { display } from "residency/cell";
import { saveMetrics } from "residency/metrics";

// %% load the base model
const model = await AutoModelForCausalLM.fromPretrained(assetPath("intern"));
const { hiddenSize, numHiddenLayers, numAttentionHeads, numKeyValueHeads } = model.config;
console.log({ hiddenSize, numHiddenLayers, numAttentionHeads, numKeyValueHeads });

// %% [markdown]
/*
Given the beginning of a note, it goes on as a note. Given a question, it also goes on as a note: it has learnt a
language, and not what is wanted of it.
*/

// %% let the base model write output=varies
const beginning = "DISCHARGE SUMMARY\nName: N/A, 58 yo M, LOS: 4 days\nDx: pneumonia";
const [asNote, asAnswer] = await generateText(model, tokenizer, [beginning, formatPrompt(heldoutRows[0]!)], {
  maxNewTokens: 40,
});
console.log(`${beginning}█${asNote}\n`);
console.log(`${heldoutRows[0]!.question} █${asAnswer}`);

// %% [markdown]
/*
## LoRA

All weights of `intern` stay as they are. Beside each linear layer we put two thin matrices, A and B, and train only
those: y = W x + (α/r) B A x. B starts at zero, so before the first step the model is unchanged.
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
The names are checked twice: `"Wqkv"`, the layer of another model, would be a type error in this cell, and an error
that lists the right names when the program runs.

## Before training

Two figures on held-out patients: the **loss** on the reference answers, in nats per token, and the **token F1** of
the answers that the model writes itself: the overlap of their words with the reference.
*/

// %% build the trainer
const asked = heldoutRows.slice(0, fast ? 24 : 80); // writing answers takes longer than scoring given ones
const trainer = new SFTTrainer({
  model: peft,
  tokenizer,
  trainDataset: trainRows.map(formatExample),
  evalDataset: (fast ? asked : heldoutRows).map(formatExample),
  args: config,
  callbacks: [liveTraining(display)],
});
console.log(`${trainer.droppedRows} rows are too long and left out`);

// %% measure a model on held-out rows
async function measure(label: string) {
  const { evalLoss } = await trainer.evaluate();
  const line = display(progressDisplay({ label, step: 0, total: asked.length, unit: "answer" }));
  const answers = await generateText(peft, tokenizer, asked.map(formatPrompt), {
    maxNewTokens: 40,
    onProgress: (step, total) => line.update(progressDisplay({ label, step, total, unit: "answer" })),
  });
  const scores = answers.map((answer, index) => tokenF1(answer, asked[index]!.answer));
  const exact = answers.filter((answer, index) => exactMatch(answer, asked[index]!.answer)).length;
  const f1 = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  console.log(
    `${label}: loss ${evalLoss.toFixed(3)}, token F1 ${f1.toFixed(3)}, ${exact} of ${asked.length} exact`,
  );
  return { loss: evalLoss, tokenF1: f1, answers, scores };
}

// %% measure the base model output=varies
const base = await measure("base");

// %% [markdown]
/*
## Training

Four examples a step, AdamW, a short warm-up and a cosine back to zero. You can interrupt this cell: the kernel
keeps everything, and the adapter as far as it got.
*/

// %% train output=varies
const result = await trainer.train();
console.log(
  `${result.globalStep} steps, ${Math.round(result.seconds)} s, ${Math.round(result.tokensPerSecond)} tokens/s`,
);

// %% [markdown]
/*
## Base against tuned

The same questions as before, about patients that were in no training file.
*/

// %% measure the tuned model output=varies
const tuned = await measure("tuned");

// %% [markdown]
/*
One number hides a lot. By task, we see where the model copies well and where it guesses.
*/

// %% compare by task
const meanByTask = (scores: number[]) =>
  clinicalTasks.map((task) => {
    const own = scores.filter((_, index) => asked[index]!.task === task);
    return own.length === 0 ? 0 : own.reduce((sum, score) => sum + score, 0) / own.length;
  });
groupedBarChart(
  clinicalTasks,
  [
    { name: "base", values: meanByTask(base.scores) },
    { name: "tuned", values: meanByTask(tuned.scores) },
  ],
  { title: "Token F1 by task, held-out patients", xLabel: "", yLabel: "Token F1" },
);

// %% read some answers output=varies
const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const rows = clinicalTasks.map((task) => {
  const index = asked.findIndex((row) => row.task === task);
  if (index < 0) return "";
  const cells = [asked[index]!.question, asked[index]!.answer, tuned.answers[index]!, base.answers[index]!];
  return `<tr>${cells.map((cell) => `<td style="text-align:left;vertical-align:top">${escape(cell)}</td>`).join("")}</tr>`;
});
html(
  `<table><thead><tr><th>question</th><th>reference</th><th>tuned</th><th>base</th></tr></thead>` +
    `<tbody>${rows.join("")}</tbody></table>`,
);

// %% [markdown]
/*
Look at the tuned answers beside their references. The form is right more often than the facts: in two minutes the
model has learnt how an answer sounds, and only sometimes to copy the right words from the note. A fluent wrong answer
is the dangerous kind. Never judge a clinical model by its style, and never use this one for anything but learning.

## Keep the work

The adapter is a few hundred kilobytes, in the format that PEFT reads.
*/

// %% save the adapter and the figures output=varies
const folder = process.env["RESIDENCY_OUTPUT"] ?? "out/clinical-sft";
await peft.savePretrained(`${folder}/adapter`, { baseModel: "intern" });
const figures = {
  base: { loss: base.loss, tokenF1: base.tokenF1 },
  tuned: { loss: tuned.loss, tokenF1: tuned.tokenF1 },
  steps: result.globalStep,
  tokensPerSecond: result.tokensPerSecond,
  peakRssMb: peakRssMb(),
  backend: backend.name,
};
console.log(saveMetrics(folder, figures));
figures;

// %% [markdown]
/*
## What you can now do

- Look at lengths, tasks and **splits** before the first step.
- Say which tokens carry the loss, and why the end of the text must be one of them.
- Fine-tune with **LoRA** and read the line that says how little of the model that is.
- Compare with the **base model** on patients that were never trained on.
*/
