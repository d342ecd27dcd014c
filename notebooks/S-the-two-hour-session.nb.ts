/**
 * Notebook S: the talk's two hours in one notebook, forty minutes of ideas and eighty at the keyboard.
 *
 * title: The two-hour session
 * goal: say what a language model computes, and name four ways to get a task out of it
 * goal: explain why clinical notes are made up before a model is trained on them
 * goal: work out whether a model can be trained on a machine before trying it
 * goal: fine-tune a clinical model in six steps, and mend the mistakes that run without an error
 * goal: compare two models in a way that survives a second look
 * reading: 40 minutes of ideas, 80 minutes of hands-on
 * running: 2 minutes on two cores
 * memory: 1 GB
 * needs: nothing; each part names the notebooks that go deeper
 * graded: six exercises, 12 points
 * previous: none, it stands alone
 * next: 00, Start here, for the whole course
 */

// %% [markdown]
/*
This is the session *Fine-tuning a clinical domain LLM* as Jiho Kim and Sujeong Im of KAIST held it on 2 August 2025.
Forty minutes of ideas, then six steps at the keyboard; the headings are the clock.

Their notebook needs a borrowed GPU and warns you not to close the tab. Ours runs here, and you may stop it whenever
you like.
*/

// %% setup id=setup
import { checkClose, checkEqual } from "residency/exercise";

// %% [markdown]
/*
## Minute 0 · What a language model is

A language model gives every possible next token a probability. A **token** is a word, or a piece of one. Training is
one single task: predict the next token. So one sentence is several exercises, and its own answer sheet.
*/

// %% the four training pairs of a sentence
const sentence = ["The", " sky", " is", " blue", "."];
for (let at = 1; at < sentence.length; at += 1) {
  const seen = JSON.stringify(sentence.slice(0, at).join(""));
  console.log(seen.padEnd(18), "→", JSON.stringify(sentence[at]));
}

// %% [markdown]
/*
The oldest language models count. Here are eight sentences, and what followed a few words in them.
*/

// %% count what comes next
const skies = "The sky is blue . The sky is blue . The sky is grey . The sea is blue . The sea is deep .";
const words = `${skies} The grass is green . The sky is dark . The night is dark .`.split(" ");
/** Each word that followed the context, with its share. */
function nextWords(context: string): Record<string, number> {
  const before = context.split(" ");
  const found = words.filter((_, at) => before.every((word, i) => words[at - before.length + i] === word));
  const shares = [...new Set(found)].map(
    (word) => [word, found.filter((each) => each === word).length / found.length] as const,
  );
  return Object.fromEntries(shares);
}
console.log("after “sky is”:", nextWords("sky is"));

// %% draw the distribution after “is”
import { barChart, groupedBarChart, histogram } from "residency/viz";
barChart(nextWords("is"), { title: "After “is”", xLabel: "", yLabel: "probability" });

// %% [markdown]
/*
More context, a sharper answer. How wrong was the model about a word? The **loss** is −log *p* of the word that came: 0
for certainty, more for surprise.
*/

// %% the loss of three endings
for (const word of ["blue", "grey", "purple"]) {
  const p = nextWords("sky is")[word] ?? 0;
  console.log(`The sky is ${word.padEnd(6)}  p ${p.toFixed(2)}   loss ${(-Math.log(p)).toFixed(2)}`);
}

// %% [markdown]
/*
Purple is impossible, since it was never seen. Counting cannot say “unlikely, but why not”. A **neural network** can:
it computes the probabilities from the context with adjustable numbers, its parameters: billions of them in a large one.

Writing is guessing in a circle: draw a token, append it, ask again.
*/

// %% write by drawing
import { seededRandom } from "residency/data";
const random = seededRandom(7);
for (let written = 0; written < 3; written += 1) {
  let text = "The";
  while (!text.endsWith(".")) {
    let left = random.next();
    const choices = Object.entries(nextWords(text.split(" ").slice(-2).join(" ")));
    text += ` ${choices.find(([, p]) => (left -= p) < 0)?.[0] ?? choices[0]![0]}`;
  }
  console.log(text);
}

// %% [markdown]
/*
Notebooks [01](../notebooks/01-a-probability-distribution.ipynb) to [05](../notebooks/05-pretraining-and-sampling.ipynb) go from
these counts to a transformer that you train yourself.

## Minute 10 · Four ways to get a task done

A pre-trained model continues text. We want answers. The field found four ways, one after the other.

**1. Fine-tune it for each task** (BERT, 2018; T5, 2019). Good, and one specialised model a task. For eight clinical
tasks on a model of 2.7 billion parameters, that is
*/

// %% a model for each task
import { clinicalTasks } from "residency/clinical";
const phi2Parameters = 2.7e9;
console.log(
  `${clinicalTasks.length} models, ${(clinicalTasks.length * 2 * phi2Parameters) / 1e9} GB on the disk`,
);

// %% [markdown]
/*
 **2. Prompt it** (GPT-3, 2020). The task goes into the text, with a few examples: few-shot. No weight changes.
 */

// %% a few-shot prompt
const examples = [
  ["sea otter", "loutre de mer"],
  ["peppermint", "menthe poivrée"],
  ["plush girafe", "girafe peluche"],
] as const;
const shots = examples.map(([english, french]) => `${english} => ${french}\n`).join("");
const fewShot = `Translate English to French:\n${shots}cheese =>`;
console.log(fewShot);
console.log(`\n${((100 * shots.length) / fewShot.length).toFixed(0)} % of the prompt are examples`);

// %% [markdown]
/*
You pay for those examples at every call, you search for a wording that works, and nobody asks a colleague in that
form.

**3. Instruction tuning.** Train once, on many tasks, each put as an instruction in plain words. Alpaca (2023) did so
with 52,000 instructions that another model had written. Its frame:
*/

// %% Alpaca's frame
const alpaca = (instruction: string, input: string) =>
  "Below is an instruction that describes a task, paired with an input that provides further context. " +
  "Write a response that appropriately completes the request.\n\n" +
  `### Instruction:\n${instruction}\n\n### Input:\n${input}\n\n### Response:\n`;
console.log(alpaca("Name the diagnosis.", "58 yo M, productive cough, fever. CXR: RLL consolidation."));

// %% [markdown]
/*
That is **supervised fine-tuning**, SFT: base model in, instruction data in, assistant out.

**4. Alignment.** After SFT, people choose the better of two answers, and training moves the model towards the chosen
one: by a reward model (RLHF: InstructGPT, 2022; Llama 2, 2023), or directly (DPO, which Llama 3 used, 2024). DPO's loss:
*/

// %% the loss of DPO
/** Gains: how much more likely an answer has become than it was before, in nats. */
const dpoLoss = (chosenGain: number, rejectedGain: number, beta = 0.1) =>
  Math.log(1 + Math.exp(-beta * (chosenGain - rejectedGain)));
console.log("at the start, log 2:      ", dpoLoss(0, 0).toFixed(4));
console.log("prefers the chosen one:   ", dpoLoss(10, -10).toFixed(4));
console.log("prefers the rejected one: ", dpoLoss(-10, 10).toFixed(4));

// %% [markdown]
/*
Our recipe for a clinical model is the third way: a pre-trained model, if possible more pre-training on clinical text,
then SFT on clinical instructions. Notebooks
[06](../notebooks/06-four-ways-to-get-a-task-done.ipynb), [07](../notebooks/07-following-instructions.ipynb) and
[08](../notebooks/08-alignment.ipynb) take the four ways apart.

## Minute 20 · Clinical text and privacy

A real note cannot be shown here. This one has its looks, and a program made it up, the identifiers too.
*/

// %% a note with identifiers
import { findIdentifiers, generatePatients, identifierKinds, writeIdentifiedNote } from "residency/clinical";
const [patient] = [...generatePatients({ patients: 1 })];
const identified = writeIdentifiedNote(patient!, 5, seededRandom(3));
console.log(identified.text);

// %% [markdown]
/*
Headers, acronyms, and a social security number behind the studies. What names a patient is **protected health
information**, PHI. The law in the United States names 18 kinds. A program looks for them:
*/

// %% mark what a program finds
let redacted = identified.text;
const found = findIdentifiers(identified.text);
for (const { start, end, kind } of found.toReversed()) {
  redacted = `${redacted.slice(0, start)}[${kind.toUpperCase()}]${redacted.slice(end)}`;
}
console.log(
  redacted
    .split("\n")
    .filter((line) => line.includes("["))
    .join("\n"),
);
console.log(
  `\n${identified.known.length} identifiers, ${found.length} found; ${identifierKinds.length} kinds in the rule`,
);

// %% [markdown]
/*
Instructions for real notes are hard to get. Sending notes to GPT sends PHI away. Experts are dear. And what a
program misses, here nothing, would stay in.

The way out is a text without PHI that tells the same: the **case report**, written for a journal.
*/

// %% the case report of the same stay
console.log(patient!.caseReport);

// %% [markdown]
/*
Plain prose, few acronyms, no names. **Asclepius** (Kweon and Kim et al., ACL 2024 Findings) let a language model turn
such reports into **synthetic notes**, then ask and answer eight kinds of questions about each. The result is triples of
note, instruction and response, all of them synthetic.
*/

// %% the eight tasks
for (const { task, question, answer } of patient!.instructions) {
  console.log(`${task}\n  ${question}\n  → ${answer.slice(0, 100)}`);
}

// %% [markdown]
/*
Asclepius-Llama3-8B was trained on four A100 with 80 GB. The talk gives the times. The cell computes them from six
operations a parameter and token, and from the share of the peak speed that fits; the tokens are assumed.
*/

// %% the training times of the talk
import { asclepiusTrainingTimes, canYouRunIt, formatHours, talkMemoryTable } from "residency/memory";
for (const { stage, epochs, mfu, seconds } of asclepiusTrainingTimes()) {
  console.log(
    `${stage}, epochs: ${epochs}, ${formatHours(seconds)} at ${(100 * mfu).toFixed(0)} % of the peak`,
  );
}

// %% [markdown]
/*
Notebook [09](../notebooks/09-clinical-text-and-privacy.ipynb) is about notes and privacy, notebook
[10](../notebooks/10-the-asclepius-pipeline.ipynb) builds this pipeline.

## Minute 30 · Memory, LoRA and QLoRA

Why four large GPUs? Each parameter takes 2 bytes in half precision. In training it also has a gradient, and the
optimiser remembers things about it:
*/

// %% the talk's memory table for phi-2
for (const { what, bytesPerParameter, bytes } of talkMemoryTable(phi2Parameters)) {
  const range = (values: readonly number[]) => [...new Set(values)].join(" to ");
  const gigabytes = range(bytes.map((each) => each / 1e9));
  console.log(
    `${what.padEnd(16)} ${range(bytesPerParameter).padStart(7)} bytes a parameter   ${gigabytes} GB`,
  );
}

// %% [markdown]
/*
6 to 16 bytes, without activations: the talk's “6 to 16 *x* GB plus alpha”. A T4, the free GPU of Colab, has 16 GB. So
phi-2 does not fit, by a hair: 2.7 · 6 = 16.2. And the alpha?
*/

// %% ask for the whole bill
const phi2 = {
  ...{ model_type: "phi", architectures: ["PhiForCausalLM"], vocab_size: 51_200, hidden_size: 2560 },
  ...{
    intermediate_size: 10_240,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    partial_rotary_factor: 0.4,
  },
};
const handsOn = { gpu: "T4", batch: 2, seq: 512, loraRank: 4, targetModules: ["fc1", "fc2"] };
for (const { summary } of canYouRunIt(phi2, handsOn)) console.log(`- ${summary}`);

// %% [markdown]
/*
Two ideas save the day. **LoRA** (Hu et al., 2021) freezes the weight *W* and trains two thin matrices beside it:

*y* = *W x* + (α/r) *B A x*

*B* starts at zero, so at first nothing changes. Only *A* and *B* have gradients and moments.
*/

// %% how thin
const width = 2560;
const rank = 4;
console.log(`W: ${width} × ${width} = ${(width * width).toLocaleString("en-US")} numbers`);
console.log(
  `A and B: ${rank} × ${width} + ${width} × ${rank} = ${(2 * rank * width).toLocaleString("en-US")}`,
);

// %% [markdown]
/*
**QLoRA** (Dettmers et al., 2023) also stores the frozen *W* in 4 bits: sixteen levels, and a scale for each block of 64
numbers.
*/

// %% bytes of phi-2's weights
for (const [name, bits] of [
  ["half precision", 16],
  ["4 bits", 4],
  ["4 bits and a scale", 4 + 32 / 64],
] as const) {
  console.log(`${name.padEnd(18)} ${((phi2Parameters * bits) / 8 / 1e9).toFixed(2)} GB`);
}

// %% [markdown]
/*
The talk ends on a line that the PEFT library prints for mt0-large, with rank 8 on the layers `q` and `v`. We can print
it without a download: an **outline** of a model has names and shapes and no values. PyTorch calls that the meta device.
*/

// %% PEFT's line, to the last digit
import { LoraConfig, loraParameterCounts, modelOutline, trainableParametersLine } from "residency";
const mt0Large = modelOutline({
  ...{ model_type: "mt5", vocab_size: 250_112, d_model: 1024, d_kv: 64, d_ff: 2816 },
  ...{ num_layers: 24, num_heads: 16, tie_word_embeddings: false },
});
const counts = loraParameterCounts(
  mt0Large,
  new LoraConfig({ r: 8, loraAlpha: 32, targetModules: ["q", "v"] }),
);
const { trainable, all } = counts;
console.log(`trainable params: ${trainable} || all params: ${all} || trainable%: ${(100 * trainable) / all}`);
console.log(trainableParametersLine(counts)); // as PEFT prints it today

// %% [markdown]
/*
Notebooks [11](../notebooks/11-can-you-run-it.ipynb), [12](../notebooks/12-lora.ipynb) and
[13](../notebooks/13-qlora.ipynb) are about memory, LoRA and QLoRA. Stretch your legs.

## Minute 40 · Step 1: Environment

The talk's notebook begins with an installation of twelve packages, and today it does not start: it imports
`DataCollatorForCompletionOnlyLM`, which TRL 1.13 has no longer. Here all versions are pinned. First: what do we have?
*/

// %% start the engine output=varies
import { peakRssMb, setBackend } from "residency";
const engine = await setBackend();
console.log(`${engine.name}: ${engine.reason}`);
console.log(`${Math.round(peakRssMb())} MB in use`);

// %% exercise id=way-to-train title="Which way fits?" difficulty=1 importance=4 minutes=5 hint="Try the ways in the order full, LoRA, QLoRA, and return the first that fits." hint="`parameters * 6 <= memoryBytes`"
/*
Count as the talk does: training all weights takes at least 6 bytes a parameter, LoRA 2, QLoRA half a byte. Complete
`wayToTrain`: the first of the three that takes **at most** the memory there is, or `"none"`. You should see five check
marks.
*/
/** The first way to fine-tune that fits into the memory. */
function wayToTrain(parameters: number, memoryBytes: number): "full" | "LoRA" | "QLoRA" | "none" {
  // BEGIN SOLUTION
  if (6 * parameters <= memoryBytes) return "full";
  if (2 * parameters <= memoryBytes) return "LoRA";
  return 0.5 * parameters <= memoryBytes ? "QLoRA" : "none";
  // END SOLUTION
}

// %% tests points=2
checkEqual("phi-2 on a T4", wayToTrain(2.7e9, 16e9), "LoRA");
checkEqual("phi-2 with two gigabytes more", wayToTrain(2.7e9, 18e9), "full");
checkEqual("Llama 3 of 8 billion on a T4", wayToTrain(8.03e9, 16e9), "QLoRA");
checkEqual("70 billion on a T4", wayToTrain(70e9, 16e9), "none");
checkEqual("exactly as much as there is", wayToTrain(1e9, 6e9), "full");
// BEGIN HIDDEN TESTS: a small model on a small machine, exactly enough
checkEqual("hidden: exactly enough for LoRA", wayToTrain(1e9, 2e9), "LoRA");
checkEqual("hidden: a small machine", wayToTrain(0.36e9, 1.5e9), "LoRA");
checkEqual("hidden: exactly enough for 4 bits", wayToTrain(3e9, 1.5e9), "QLoRA");
// END HIDDEN TESTS

// %% mutant title="sixteen bytes" caught="phi-2 with two gigabytes more"
/*
  if (16 * parameters <= memoryBytes) return "full";
  if (2 * parameters <= memoryBytes) return "LoRA";
  return 0.5 * parameters <= memoryBytes ? "QLoRA" : "none";
*/

// %% mutant title="less, not at most" caught="exactly as much as there is"
/*
  if (6 * parameters < memoryBytes) return "full";
  if (2 * parameters < memoryBytes) return "LoRA";
  return 0.5 * parameters < memoryBytes ? "QLoRA" : "none";
*/

// %% mutant title="less, not at most, for LoRA" caught="hidden: exactly enough for LoRA"
/*
  if (6 * parameters <= memoryBytes) return "full";
  if (2 * parameters < memoryBytes) return "LoRA";
  return 0.5 * parameters <= memoryBytes ? "QLoRA" : "none";
*/

// %% mutant title="whole gigabytes" caught="phi-2 on a T4"
/*
  if (Math.floor((6 * parameters) / 1e9) <= memoryBytes / 1e9) return "full";
  if (2 * parameters <= memoryBytes) return "LoRA";
  return 0.5 * parameters <= memoryBytes ? "QLoRA" : "none";
*/

// %% mutant title="the smallest first" caught="phi-2 on a T4"
/*
  if (0.5 * parameters <= memoryBytes) return "QLoRA";
  if (2 * parameters <= memoryBytes) return "LoRA";
  return 6 * parameters <= memoryBytes ? "full" : "none";
*/

// %% mutant title="forgets that nothing may fit" caught="70 billion on a T4"
/*
  if (6 * parameters <= memoryBytes) return "full";
  return 2 * parameters <= memoryBytes ? "LoRA" : "QLoRA";
*/

// %% [markdown]
/*
## Minute 50 · Step 2: Model and tokenizer

The talk loads phi-2 in 4 bits. We load `intern`, a small model that reads clinical notes, the same way. Where the hub
is reachable, `"microsoft/phi-2"` may be the `modelName`; nothing else changes.
*/

// %% load the model in 4 bits
import { assetPath, AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig } from "residency";
import { formatBytes } from "residency/memory";
const quantizationConfig = new BitsAndBytesConfig({ loadIn4bit: true, bnb4bitQuantType: "nf4" });
const modelName = assetPath("intern"); // the one line to change
const base = await AutoModelForCausalLM.fromPretrained(modelName, { quantizationConfig });
const parameters = [...base.root.namedParameters()];
const [name, weight] = parameters.find(([each]) => each.endsWith("layers.0.mlp.up_proj.weight"))!;
console.log(name, weight.shape, weight.packed?.format, formatBytes(weight.byteSize));
const count = parameters.reduce((sum, [, { size }]) => sum + size, 0);
console.log(`${count.toLocaleString("en-US")} parameters in ${formatBytes(base.root.getMemoryFootprint())}`);

// %% [markdown]
/*
The tokenizer cuts text into tokens and gives each a number. Nothing is lost on the way back.
*/

// %% cut a sentence into tokens
const tokenizer = await AutoTokenizer.fromPretrained(modelName);
console.log(tokenizer.tokenize("Hi, my name is John."));
const ids = tokenizer.encode("Hi, my name is John.");
console.log(ids.join(" "), "→", tokenizer.decode(ids));
console.log(`${tokenizer.vocabSize} tokens; end ${tokenizer.eosToken}, padding ${tokenizer.padToken}`);

// %% [markdown]
/*
A batch is a rectangle, so short rows are filled up with padding. On which side? Here is the talk's typing error. Python
takes it without a word: it makes a new attribute that nobody reads.
*/

// %% the wrong thing, once
// @ts-expect-error: Property 'padding_sight' does not exist. Take this line away, and the cell does not compile.
tokenizer.padding_sight = "left";
console.log("padding goes to the", tokenizer.paddingSide);

// %% the right name
const batch = tokenizer(["Dx: pneumonia", "Dx: AF"], { padding: true, paddingSide: "left" });
for (const [row, mask] of batch.attentionMask.entries()) {
  console.log(tokenizer.convertIdsToTokens(batch.inputIds[row]!).join(" "), "  mask", mask.join(""));
}

// %% [markdown]
/*
For **generation**, padding belongs on the left. A model continues the last token, and that must be a real one.
*/

// %% exercise id=pad-batch title="Padding, by place" difficulty=2 importance=4 minutes=7 hint="`Math.max(...rows.map((row) => row.length))` is the longest row." hint="Make the mask from the length of a row, not from its numbers: the end token may be the padding token, too." hint="`new Array<number>(longest - row.length).fill(padId)` are the missing tokens; put them before or behind the row."
/*
Complete `padBatch`. It fills rows up with `padId` on the side that is asked for, and gives a mask: 1 for each token of a
row, 0 for padding. Beware: in phi-2 the padding token **is** the end token, and rows may hold it. You should see five
check marks.
*/
/** Rows of one length and their mask, both [rows, longest]. */
function padBatch(
  rows: readonly (readonly number[])[],
  { padId, paddingSide }: { padId: number; paddingSide: "left" | "right" },
): { inputIds: number[][]; attentionMask: number[][] } {
  // BEGIN SOLUTION
  const longest = Math.max(...rows.map((row) => row.length));
  const filled = (row: readonly number[], filler: number) => {
    const missing = new Array<number>(longest - row.length).fill(filler);
    return paddingSide === "left" ? [...missing, ...row] : [...row, ...missing];
  };
  const ones = (row: readonly number[]) => row.map(() => 1);
  return {
    inputIds: rows.map((row) => filled(row, padId)),
    attentionMask: rows.map((row) => filled(ones(row), 0)),
  };
  // END SOLUTION
}

// %% tests points=2
const twoRows = [
  [5, 6, 7],
  [8, 0], // ends with the end token, which is the padding token
];
const left = padBatch(twoRows, { padId: 0, paddingSide: "left" });
checkEqual("left: the last token is a real one", left.inputIds, [twoRows[0]!, [0, 8, 0]]);
checkEqual("left: the mask", left.attentionMask, [
  [1, 1, 1],
  [0, 1, 1],
]);
checkEqual("the given rows are unchanged", twoRows[1]!, [8, 0]);
const right = padBatch(twoRows, { padId: 0, paddingSide: "right" });
checkEqual("right: padding comes last", right.inputIds[1]!, [8, 0, 0]);
checkEqual("right: the mask", right.attentionMask[1]!, [1, 1, 0]);
// BEGIN HIDDEN TESTS: an empty row
const withEmpty = padBatch([[], [3]], { padId: 9, paddingSide: "left" });
checkEqual("hidden: an empty row", withEmpty, { inputIds: [[9], [3]], attentionMask: [[0], [1]] });
// END HIDDEN TESTS

// %% mutant title="a mask by number" caught="left: the mask"
/*
  const longest = Math.max(...rows.map((row) => row.length));
  const inputIds = rows.map((row) => {
    const missing = new Array<number>(longest - row.length).fill(padId);
    return paddingSide === "left" ? [...missing, ...row] : [...row, ...missing];
  });
  return { inputIds, attentionMask: inputIds.map((row) => row.map((id) => (id === padId ? 0 : 1))) };
*/

// %% mutant title="always on the right" caught="left: the last token is a real one"
/*
  const longest = Math.max(...rows.map((row) => row.length));
  const filled = (row: readonly number[], filler: number) => [...row, ...new Array<number>(longest - row.length).fill(filler)];
  return { inputIds: rows.map((row) => filled(row, padId)), attentionMask: rows.map((row) => filled(row.map(() => 1), 0)) };
*/

// %% mutant title="always on the left" caught="right: padding comes last"
/*
  const longest = Math.max(...rows.map((row) => row.length));
  const filled = (row: readonly number[], filler: number) => [...new Array<number>(longest - row.length).fill(filler), ...row];
  return { inputIds: rows.map((row) => filled(row, padId)), attentionMask: rows.map((row) => filled(row.map(() => 1), 0)) };
*/

// %% mutant title="fills up the caller's rows" caught="the given rows are unchanged"
/*
  const longest = Math.max(...rows.map((row) => row.length));
  const attentionMask = rows.map((row) => row.map(() => 1));
  for (const list of [rows as number[][], attentionMask]) {
    for (const row of list) while (row.length < longest) row[paddingSide === "left" ? "unshift" : "push"](list === rows ? padId : 0);
  }
  return { inputIds: rows as number[][], attentionMask };
*/

// %% mutant title="a mask of ones" caught="left: the mask"
/*
  const longest = Math.max(...rows.map((row) => row.length));
  const inputIds = rows.map((row) => {
    const missing = new Array<number>(longest - row.length).fill(padId);
    return paddingSide === "left" ? [...missing, ...row] : [...row, ...missing];
  });
  return { inputIds, attentionMask: inputIds.map((row) => row.map(() => 1)) };
*/

// %% [markdown]
/*
## Minute 60 · Step 3: Data

The talk streams *starmpcc/Asclepius-Synthetic-Clinical-Notes*, 158,000 rows. `readAsclepius` reads that file piece by
piece. Without the hub, we make a file of the same columns: patient, note, question, answer, task.
*/

// %% a file in the form of Asclepius
const made = [
  ...generatePatients({ patients: 100, seed: 2, length: "short" }),
  ...generatePatients({ patients: 100, seed: 3 }),
  ...generatePatients({ patients: 100, seed: 4, length: "long" }),
];
const quoted = (value: string | number) => `"${String(value).replaceAll('"', '""')}"`;
const lines = made.flatMap(({ note, instructions }, patientId) =>
  instructions.map(({ question, answer, task }) =>
    [patientId, note, question, answer, task].map(quoted).join(","),
  ),
);
const csv = new Blob(["patient_id,note,question,answer,task\n", lines.join("\n")]);
console.log(`${lines.length} rows, ${formatBytes(csv.size)}`);

// %% draw the lengths of the notes
histogram(
  made.map(({ note }) => note.length),
  { title: "Length of the notes", xLabel: "characters", yLabel: "notes", bins: 30 },
);

// %% [markdown]
/*
Two filters, as in the talk: notes of fewer than 1,500 characters, and then rows of at most 320 tokens. Filter **while
reading**, and the long ones never take memory.
*/

// %% read and filter
import { readAsclepius, type ClinicalRow } from "residency/clinical";
const tokensOf = ({ note, question, answer }: ClinicalRow) =>
  tokenizer.encode(note + question + answer).length;
const shortNotes: ClinicalRow[] = [];
for await (const row of readAsclepius(csv.stream(), { filter: ({ note }) => note.length < 1500 })) {
  shortNotes.push(row);
}
const kept = shortNotes.filter((row) => tokensOf(row) <= 320);
console.log(
  `${lines.length} rows → ${shortNotes.length} with short notes → ${kept.length} of at most 320 tokens`,
);

// %% count the tasks
const countsOf = (rows: readonly ClinicalRow[]) =>
  Object.fromEntries(clinicalTasks.map((task) => [task, rows.filter((row) => row.task === task).length]));
barChart(countsOf(shortNotes), { title: "Rows with short notes, by task", xLabel: "", yLabel: "rows" });

// %% [markdown]
/*
A limit on length is also a choice of patients; and how many rows are left depends on the tokenizer.

Next, rows to test with. The obvious way is to shuffle, and to keep ten.
*/

// %% the wrong split
const shuffled = seededRandom(6).shuffle(shortNotes);
const others = new Set(shuffled.slice(10).map(({ patientId }) => patientId));
const known = shuffled.slice(0, 10).filter(({ patientId }) => others.has(patientId)).length;
console.log(`of ten test rows, ${known} are about a patient whose note is also in training`);

// %% exercise id=split-by-patient title="Split by patient" difficulty=2 importance=5 minutes=7 hint="`[...new Set(ids)]` has each id once, in the order in which they appear." hint="`ids.slice(ids.length - heldOut)`. Mind `slice(-heldOut)`: with 0 it takes everything."
/*
Complete `splitByPatient`. The `heldOut` patients who appear **last** go to `test`, with all of their rows; everybody else
goes to `train`. Rows stay in their order. You should see three check marks.
*/
/** Two parts that share no patient. */
function splitByPatient<Row extends { patientId: number }>(
  rows: readonly Row[],
  heldOut: number,
): { train: Row[]; test: Row[] } {
  // BEGIN SOLUTION
  const ids = [...new Set(rows.map(({ patientId }) => patientId))];
  const chosen = new Set(ids.slice(ids.length - heldOut));
  return {
    train: rows.filter(({ patientId }) => !chosen.has(patientId)),
    test: rows.filter(({ patientId }) => chosen.has(patientId)),
  };
  // END SOLUTION
}

// %% tests points=2
const asked = [1, 1, 2, 3, 2, 3, 4].map((patientId, at) => ({ patientId, question: `q${at}` }));
const split = splitByPatient(asked, 2);
const trained = new Set(split.train.map(({ patientId }) => patientId));
const inBoth = split.test.filter(({ patientId }) => trained.has(patientId)).map(({ question }) => question);
checkEqual("no patient in both", inBoth, []);
const testQuestions = split.test.map(({ question }) => question);
checkEqual("the last two patients are held out", testQuestions, ["q3", "q5", "q6"]);
checkEqual("no row is lost", split.train.length + split.test.length, 7);
// BEGIN HIDDEN TESTS: nobody held out, and ids in any order
checkEqual("hidden: nobody held out", splitByPatient(asked, 0).test, []);
const unordered = [9, 2, 9].map((patientId) => ({ patientId }));
checkEqual("hidden: the order of appearance", splitByPatient(unordered, 1).test, [{ patientId: 2 }]);
// END HIDDEN TESTS

// %% mutant title="by row" caught="no patient in both"
/*
  return { train: rows.slice(0, rows.length - heldOut), test: rows.slice(rows.length - heldOut) };
*/

// %% mutant title="the first patients" caught="the last two patients are held out"
/*
  const ids = [...new Set(rows.map(({ patientId }) => patientId))];
  const chosen = new Set(ids.slice(0, heldOut));
  return { train: rows.filter((row) => !chosen.has(row.patientId)), test: rows.filter((row) => chosen.has(row.patientId)) };
*/

// %% mutant title="slices from the end" caught="hidden: nobody held out"
/*
  const ids = [...new Set(rows.map(({ patientId }) => patientId))];
  const chosen = new Set(ids.slice(-heldOut));
  return { train: rows.filter((row) => !chosen.has(row.patientId)), test: rows.filter((row) => chosen.has(row.patientId)) };
*/

// %% mutant title="one row a patient" caught="no row is lost"
/*
  const ids = [...new Set(rows.map(({ patientId }) => patientId))];
  const chosen = new Set(ids.slice(ids.length - heldOut));
  const firsts = ids.map((id) => rows.find(({ patientId }) => patientId === id)!);
  return { train: firsts.filter((row) => !chosen.has(row.patientId)), test: rows.filter((row) => chosen.has(row.patientId)) };
*/

// %% mutant title="the largest numbers" caught="hidden: the order of appearance"
/*
  const ids = [...new Set(rows.map(({ patientId }) => patientId))].sort((a, b) => a - b);
  const chosen = new Set(ids.slice(ids.length - heldOut));
  return { train: rows.filter((row) => !chosen.has(row.patientId)), test: rows.filter((row) => chosen.has(row.patientId)) };
*/

// %% [markdown]
/*
For two cores we take a part of the rows that come with the course: 200 a task, and held-out rows about other patients.
*/

// %% the rows to train on
import { readJsonlFile } from "residency";
import { formatExample, formatPrompt, parseClinicalRow } from "residency/clinical";
const read = (split: string) =>
  readJsonlFile(assetPath("corpus", `${split}.jsonl.gz`), { parse: parseClinicalRow });
const trainRows = (await read("train")).slice(0, 1600);
const heldoutRows = await read("test");
const trainedOn = new Set(trainRows.map(({ patientId }) => patientId));
const leaks = heldoutRows.filter(({ patientId }) => trainedOn.has(patientId)).length;
console.log(
  `${trainRows.length} rows to train on, ${heldoutRows.length} held out, ${leaks} with a known patient`,
);

// %% [markdown]
/*
## Minute 70 · Step 4: Formatting

The model gets one text: a frame, the note, the question, and `Output:`. The answer follows.
*/

// %% one example in the talk's frame
const example = formatExample(trainRows[0]!);
console.log(`${example.prompt}█${example.completion}`);

// %% [markdown]
/*
Two mistakes hide here. The first: the talk's text ends with the answer, and **no end token**. The model learns to answer
and not to stop.

The second is worse, since it looks mended: the padding token is the end token, and padding is masked *by its number*. -100
means “no loss”.
*/

// %% the wrong labels
const answer = tokenizer.encode(example.completion);
const eos = tokenizer.eosTokenId!;
const filled = [...answer, eos, eos, eos]; // the end, and two tokens of padding, which are the same number
const byNumber = filled.map((id) => (id === eos ? -100 : id));
console.log("tokens:", filled.slice(-5).join(" "));
console.log("labels:", byNumber.slice(-5).join(" "));

// %% [markdown]
/*
The end token lost its label together with the padding. Labels must be made by **place**: prompt no, answer yes, one end
yes, padding no. The library does it so; blue is trained on.
*/

// %% what is trained on
import { maskView, SFTConfig, SFTTrainer } from "residency";
import { tokenizeSFTRow } from "residency/train";
maskView(tokenizeSFTRow(example, tokenizer, new SFTConfig({ maxLength: 512 })), tokenizer);

// %% exercise id=training-row title="A row that ends" difficulty=2 importance=5 minutes=5 hint="Both lists have `prompt.length + answer.length + 1` places." hint="`[...prompt.map(() => -100), ...answer, eos]`"
/*
Complete `trainingRow`: prompt, answer, one end token; labels of -100 on the prompt **alone**. The numbers of the prompt
may occur in the answer, too. You should see four check marks.
*/
/** Tokens and labels of one example, both [prompt + answer + 1]; -100 means no loss. */
function trainingRow(
  prompt: readonly number[],
  answer: readonly number[],
  eos: number,
): { inputIds: number[]; labels: number[] } {
  // BEGIN SOLUTION
  const completion = [...answer, eos];
  return { inputIds: [...prompt, ...completion], labels: [...prompt.map(() => -100), ...completion] };
  // END SOLUTION
}

// %% tests points=2
const trainedRow = trainingRow([0, 11, 12], [12, 13], 0);
checkEqual("prompt, answer, end", trainedRow.inputIds, [0, 11, 12, 12, 13, 0]);
checkEqual("the prompt has no loss", trainedRow.labels.slice(0, 3), [-100, -100, -100]);
checkEqual("the answer has one", trainedRow.labels.slice(3, 5), [12, 13]);
checkEqual("and so has the end", trainedRow.labels.slice(5), [0]);
// BEGIN HIDDEN TESTS: an empty answer
checkEqual("hidden: an empty answer", trainingRow([5], [], 7), { inputIds: [5, 7], labels: [-100, 7] });
// END HIDDEN TESTS

// %% mutant title="no end" caught="prompt, answer, end"
/*
  return { inputIds: [...prompt, ...answer], labels: [...prompt.map(() => -100), ...answer] };
*/

// %% mutant title="masks the end" caught="and so has the end"
/*
  return { inputIds: [...prompt, ...answer, eos], labels: [...prompt.map(() => -100), ...answer, -100] };
*/

// %% mutant title="trains on the prompt" caught="the prompt has no loss"
/*
  const inputIds = [...prompt, ...answer, eos];
  return { inputIds, labels: [...inputIds] };
*/

// %% mutant title="masks the prompt's numbers everywhere" caught="the answer has one"
/*
  const inputIds = [...prompt, ...answer, eos];
  return { inputIds, labels: inputIds.map((id) => (prompt.includes(id) ? -100 : id)) };
*/

// %% mutant title="shifts the labels, which the model does itself" caught="the prompt has no loss"
/*
  const labels = [...prompt.map(() => -100), ...answer, eos];
  return { inputIds: [...prompt, ...answer, eos], labels: [...labels.slice(1), -100] };
*/

// %% [markdown]
/*
## Minute 80 · Step 5: Training

The talk adds LoRA to `Wqkv`, `fc1` and `fc2` of phi-2. What do the three names reach?
*/

// %% what the names reach
import { getPeftModel, PeftModel, prepareModelForKbitTraining, targetCoverage } from "residency";
const talkTargets = new LoraConfig({ r: 4, targetModules: ["Wqkv", "fc1", "fc2"] });
const coverage = targetCoverage(modelOutline(phi2), talkTargets);
for (const { target, layers } of coverage.targets) console.log(`${target.padEnd(5)} ${layers.length} layers`);
console.log(
  "and without an adapter stay",
  [...new Set(coverage.uncovered.map((layer) => layer.split(".").at(-1)))].join(", "),
);

// %% [markdown]
/*
`Wqkv` belongs to an **older** phi-2. In today's it names nothing, and PEFT goes on as long as one name matches. So
attention was never tuned, and nobody was told. Here the library refuses:
*/

// %% the same mistake, on our model
try {
  // @ts-expect-error: "Wqkv" is no layer of this model
  getPeftModel(base, new LoraConfig({ r: 4, targetModules: ["Wqkv", "up_proj", "down_proj"] }));
} catch (error) {
  console.log((error as Error).message);
}

// %% exercise id=unmatched-targets title="Names that reach nothing" difficulty=2 importance=4 minutes=5 hint="The last part of a name: `layer.split(\".\").at(-1)`." hint="`targets.filter((target) => !layers.some((layer) => …))`"
/*
Complete `unmatchedTargets`: the targets that are the **last part** of no layer's name, in their order. You should see
four check marks.
*/
/** Targets of an adapter that reach no layer. */
function unmatchedTargets(layers: readonly string[], targets: readonly string[]): string[] {
  // BEGIN SOLUTION
  return targets.filter((target) => !layers.some((layer) => layer.split(".").at(-1) === target));
  // END SOLUTION
}

// %% tests points=2
const phiLayers = ["layers.0.self_attn.q_proj", "layers.0.self_attn.v_proj", "layers.0.mlp.fc1", "lm_head"];
checkEqual("the talk's names", unmatchedTargets(phiLayers, ["Wqkv", "fc1", "fc2"]), ["Wqkv", "fc2"]);
checkEqual("names that exist", unmatchedTargets(phiLayers, ["q_proj", "fc1"]), []);
checkEqual("a part of a word is no match", unmatchedTargets(phiLayers, ["proj"]), ["proj"]);
checkEqual("the middle of a name is no match", unmatchedTargets(phiLayers, ["mlp"]), ["mlp"]);
// BEGIN HIDDEN TESTS: a name without dots
checkEqual("hidden: a name without dots", unmatchedTargets(phiLayers, ["lm_head"]), []);
// END HIDDEN TESTS

// %% mutant title="those that match" caught="the talk's names"
/*
  return targets.filter((target) => layers.some((layer) => layer.split(".").at(-1) === target));
*/

// %% mutant title="anywhere in the name" caught="a part of a word is no match"
/*
  return targets.filter((target) => !layers.some((layer) => layer.includes(target)));
*/

// %% mutant title="any part of the path" caught="the middle of a name is no match"
/*
  return targets.filter((target) => !layers.some((layer) => layer.split(".").includes(target)));
*/

// %% mutant title="every layer has to match" caught="the talk's names"
/*
  return targets.filter((target) => !layers.every((layer) => layer.split(".").at(-1) === target));
*/

// %% mutant title="only behind a dot" caught="hidden: a name without dots"
/*
  return targets.filter((target) => !layers.some((layer) => layer.endsWith("." + target)));
*/

// %% [markdown]
/*
Now the settings. These are the talk's, for 2,000 rows:
*/

// %% the talk's settings
const talkArgs = new SFTConfig({
  ...{ numTrainEpochs: 1, perDeviceTrainBatchSize: 2, gradientAccumulationSteps: 8, maxLength: 512 },
  ...{ learningRate: 1e-4, lrSchedulerType: "cosine", warmupRatio: 0.03, loggingSteps: 5 },
  ...{ optim: "paged_adamw_32bit", gradientCheckpointing: true },
});
const rowsPerStep = talkArgs.perDeviceTrainBatchSize * talkArgs.gradientAccumulationSteps;
const talkSteps = Math.ceil(2000 / rowsPerStep);
const warmupSteps = Math.ceil(talkArgs.warmupRatio * talkSteps);
console.log(`${rowsPerStep} rows a step, ${talkSteps} steps, ${warmupSteps} of them to warm up`);

// %% [markdown]
/*
Our model is smaller and wants larger steps. And one line is new, which the talk forgot: `prepareModelForKbitTraining`
freezes the 4-bit weights and keeps fewer activations.
*/

// %% add the adapter
const linears = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;
const peft = getPeftModel(
  prepareModelForKbitTraining(base),
  new LoraConfig({ r: 16, loraAlpha: 32, targetModules: linears }),
);
peft.printTrainableParameters();

// %% our settings
const fast = process.env["RESIDENCY_FAST"] === "1"; // seconds, and a worse model
const maxSteps = fast ? 20 : 120;
const outputDir = `${process.env["RESIDENCY_OUTPUT"] ?? "out/two-hour-session"}/checkpoints-${maxSteps}`;
const args = new SFTConfig({
  ...{ outputDir, saveSteps: 20, saveTotalLimit: 1 },
  ...{ maxSteps, perDeviceTrainBatchSize: 4, learningRate: 2e-3, maxLength: 512 },
  ...{ lrSchedulerType: "cosine", warmupRatio: 0.03, optim: "paged_adamw_32bit", loggingSteps: 5 },
  ...{ perDeviceEvalBatchSize: 16, trainSamplingStrategy: "group_by_length", seed: 1 },
});

// %% build the trainer output=varies
import { getLastCheckpoint, liveTraining } from "residency";
import { display } from "residency/cell";
const questions = heldoutRows.slice(0, fast ? 20 : 80);
const trainer = new SFTTrainer({
  ...{ model: peft, tokenizer, args, callbacks: [liveTraining(display)] },
  trainDataset: trainRows.map(formatExample),
  evalDataset: questions.map(formatExample),
});
console.log(`${args.maxSteps} steps; ${trainer.droppedRows} rows are too long and left out`);

// %% the loss before training output=varies
const { evalLoss: before } = await trainer.evaluate();
console.log(`held-out loss before: ${before.toFixed(2)} nats a token`);

// %% [markdown]
/*
## Minute 90 · The run

While it runs, read the curve. It falls fast, then slowly: first the form of an answer, later the facts. You can stop the
cell, and run it again, even after a restart: it goes on from its last checkpoint.
*/

// %% train output=varies
const last = await getLastCheckpoint(outputDir);
console.log(last === undefined ? "from the first step" : `goes on from ${last}`);
const run = await trainer.train({ resumeFromCheckpoint: last });
const { evalLoss: after } = await trainer.evaluate();
console.log(
  `${run.globalStep} steps, mean loss ${run.trainingLoss.toFixed(4)}, ${Math.round(run.tokensPerSecond)} tokens a second`,
);
console.log(`held-out loss ${before.toFixed(2)} → ${after.toFixed(2)}`);

// %% [markdown]
/*
Keep the work. The talk pushes its adapter to one repository and loads it from another, so it may have looked at somebody
else's model. Save, load from the **same** place, and check.
*/

// %% save, load, compare output=varies
import { removeCheckpoints } from "residency";
const folder = `${process.env["RESIDENCY_OUTPUT"] ?? "out/two-hour-session"}/adapter`;
await peft.savePretrained(folder, { baseModel: "intern" });
await removeCheckpoints(outputDir); // the next run starts anew
const again = await PeftModel.fromPretrained(
  await AutoModelForCausalLM.fromPretrained(modelName, { quantizationConfig }),
  folder,
);
const lossOf = (model: typeof peft) => {
  const { inputIds, labels } = tokenizeSFTRow(formatExample(questions[0]!), tokenizer, args);
  const { sum, tokens } = model.summedLoss({ inputIds: [inputIds], labels: [labels] });
  return sum.dataSync()[0]! / tokens;
};
console.log(`loss on one row: in memory ${lossOf(peft).toFixed(4)}, loaded ${lossOf(again).toFixed(4)}`);

// %% [markdown]
/*
## Minute 100 · Step 6: Inference

The talk generates with `temperature=0` and does not say whether to sample. Temperature divides the logits before the softmax.
*/

// %% three temperatures
const softmax = (logits: readonly number[], temperature: number) => {
  const powers = logits.map((logit) => Math.exp((logit - Math.max(...logits)) / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => (power / sum).toFixed(2));
};
for (const temperature of [1, 0.5, 0.1, 0]) {
  console.log(`temperature ${temperature}:`.padEnd(17), softmax([2, 1.5, 0.5], temperature).join("  "));
}

// %% [markdown]
/*
Zero divided by zero. Libraries either ignore the setting or stop. What is meant is **greedy** decoding, always the most
likely token, and that is `doSample: false`.
*/

// %% ask for temperature 0
import { generateText, tokenF1 } from "residency";
const prompts = questions.map(formatPrompt);
try {
  await generateText(peft, tokenizer, prompts.slice(0, 1), { temperature: 0 });
} catch (error) {
  console.log((error as Error).message);
}

// %% [markdown]
/*
One more trap: the talk's `max_length=512` counts the prompt, too, and a long note leaves no room for an answer. We bound
the **new** tokens. With the adapter off, the same weights are the base model again.
*/

// %% ten answers of both models output=varies
const greedy = { doSample: false, maxNewTokens: 40 } as const;
const tunedAnswers = await generateText(peft, tokenizer, prompts, greedy);
const baseAnswers = await peft.disableAdapter(() => generateText(peft, tokenizer, prompts, greedy));
for (const [at, { question, answer: reference }] of questions.slice(0, 10).entries()) {
  console.log(`${question}\n  reference ${reference}\n  tuned    ${tunedAnswers[at]!}`);
  console.log(`  base     ${baseAnswers[at]!.slice(0, 90).replaceAll("\n", "↵")}`);
}

// %% [markdown]
/*
This is where the talk stops: a page for trying (ours is `npx residency serve` with the adapter's folder), ten notes, and
a feeling. Which model would you have called better, and by how much?

## Minute 110 · A fair comparison

First a number for each answer. **Token F1** is the overlap of its words with the reference, from 0 to 1.
*/

// %% score the answers output=varies
const scoresOf = (answers: readonly string[]) =>
  answers.map((text, at) => tokenF1(text, questions[at]!.answer));
const tunedScores = scoresOf(tunedAnswers);
const baseScores = scoresOf(baseAnswers);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
console.log(`token F1: base ${mean(baseScores).toFixed(3)}, tuned ${mean(tunedScores).toFixed(3)}`);

// %% the same model, on five other draws of ten output=varies
const dice = seededRandom(5);
for (const draw of [1, 2, 3, 4, 5]) {
  const ten = dice.shuffle(tunedScores).slice(0, 10);
  console.log(`draw ${draw}: token F1 of the tuned model ${mean(ten).toFixed(3)}`);
}

// %% [markdown]
/*
One model, five verdicts. The difference between two good models is often smaller than that. And if two models are *equal*, how
often does one win seven of ten? As often as a coin shows heads.
*/

// %% exercise id=chance-of title="Seven of ten, by chance" difficulty=3 importance=4 minutes=8 hint="No head at all: `0.5 ** throws`. One more head: times (throws − heads) / (heads + 1)." hint="Add up the probabilities of `wins`, `wins + 1`, … `throws` heads." hint="Factorials overflow at 171. Going from one probability to the next does not."
/*
Complete `chanceOf`: how likely a fair coin shows heads **at least** `wins` times in `throws` throws. You should see four
check marks.
*/
/** The probability of at least so many heads; up to 1,000 throws. */
function chanceOf(wins: number, throws: number): number {
  // BEGIN SOLUTION
  let probability = 0.5 ** throws; // of no head
  let total = 0;
  for (let heads = 0; heads <= throws; heads += 1) {
    if (heads >= wins) total += probability;
    probability *= (throws - heads) / (heads + 1);
  }
  return total;
  // END SOLUTION
}

// %% tests points=2
checkClose("one of one", chanceOf(1, 1), 0.5);
checkClose("seven of ten", chanceOf(7, 10), 0.171875);
checkClose("ten of ten", chanceOf(10, 10), 0.0009765625);
checkClose("sixty of a hundred", chanceOf(60, 100), 0.0284439668);
// BEGIN HIDDEN TESTS: many throws, and no win at all
checkClose("hidden: 540 of 1,000", chanceOf(540, 1000), 0.0062220731);
checkClose("hidden: at least none", chanceOf(0, 10), 1);
// END HIDDEN TESTS

// %% mutant title="exactly so many" caught="seven of ten"
/*
  let probability = 0.5 ** throws;
  for (let heads = 0; heads < wins; heads += 1) probability *= (throws - heads) / (heads + 1);
  return probability;
*/

// %% mutant title="more than so many" caught="one of one"
/*
  let probability = 0.5 ** throws;
  let total = 0;
  for (let heads = 0; heads <= throws; heads += 1) {
    if (heads > wins) total += probability;
    probability *= (throws - heads) / (heads + 1);
  }
  return total;
*/

// %% mutant title="at most so many" caught="one of one"
/*
  let probability = 0.5 ** throws;
  let total = 0;
  for (let heads = 0; heads <= wins; heads += 1) {
    total += probability;
    probability *= (throws - heads) / (heads + 1);
  }
  return total;
*/

// %% mutant title="with factorials" caught="hidden: 540 of 1,000"
/*
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
  let total = 0;
  for (let heads = wins; heads <= throws; heads += 1)
    total += (factorial(throws) / factorial(heads) / factorial(throws - heads)) * 0.5 ** throws;
  return total;
*/

// %% mutant title="either of the two wins" caught="one of one"
/*
  let probability = 0.5 ** throws;
  let total = 0;
  for (let heads = 0; heads <= throws; heads += 1) {
    if (heads >= wins) total += 2 * probability;
    probability *= (throws - heads) / (heads + 1);
  }
  return total;
*/

// %% [markdown]
/*
So ask more questions, score both models on the same ones, and say how sure you are. The **paired bootstrap** draws the
questions again and again, and looks at how much the difference moves.
*/

// %% base against tuned, with an interval output=varies
import { pairedBootstrap } from "residency/metrics";
const { difference, differenceInterval, pValue } = pairedBootstrap(baseScores, tunedScores, { seed: 1 });
const [low, high] = differenceInterval.map((value) => value.toFixed(3));
console.log(
  `${questions.length} questions: tuned − base = ${difference.toFixed(3)}, 95 % from ${low} to ${high}`,
);
console.log(`p = ${pValue.toFixed(4)}`);

// %% by task output=varies
const byTask = (scores: readonly number[]) =>
  clinicalTasks.map((task) => {
    const own = scores.filter((_, at) => questions[at]!.task === task);
    return own.length > 0 ? mean(own) : 0;
  });
groupedBarChart(
  clinicalTasks,
  [
    { name: "base", values: byTask(baseScores) },
    { name: "tuned", values: byTask(tunedScores) },
  ],
  { title: "Token F1 by task, held-out patients", xLabel: "", yLabel: "token F1" },
);

// %% [markdown]
/*
Read the answers once more, next to these figures. A wrong drug in a perfect sentence overlaps well with its reference. A
score is not a doctor, and this model is for learning, never for patients. Notebooks
[14](../notebooks/14-clinical-sft.ipynb) and [15](../notebooks/15-compare-evaluate-publish.ipynb) go on from here.
*/

// %% [markdown]
/*
## What you can now do

- Say what a model computes, and which **way to a task** fits.
- Explain why Asclepius trains on **synthetic notes**.
- Predict **memory**, and name what LoRA and QLoRA save.
- Walk the **six steps**, past a typing error, a dead name, a lost end token and a zero.
- Distrust **ten samples**.

## Check yourself

Choose an answer, then open it.
*/

// %% [markdown]
/*
**1. “The sky is blue.” has five tokens. How many examples for next-token prediction?**

<details><summary>One.</summary>No. Every beginning of the sentence asks for its next token.</details>
<details><summary>Four.</summary>Yes: after each token but the last.</details>
<details><summary>Five.</summary>No. Nothing follows the last one, unless an end token is added.</details>
*/

// %% [markdown]
/*
**2. Why not let GPT write instructions for real notes?**

<details><summary>It cannot read notes.</summary>No. It reads them rather well.</details>
<details><summary>The notes hold PHI, and would leave the hospital.</summary>Yes. That is why Asclepius starts from case
reports.</details>
<details><summary>It would be too slow.</summary>No. It is faster than experts.</details>
*/

// %% [markdown]
/*
**3. With LoRA, what is no longer needed for the frozen weights?**

<details><summary>The weights.</summary>No. Every forward pass uses them.</details>
<details><summary>Gradients and moments.</summary>Yes. Only the two thin matrices have them.</details>
<details><summary>Activations.</summary>No. Gradients flow back through the whole model.</details>
*/

// %% [markdown]
/*
**4. A tuned model answers well, then goes on and on. What do you check first?**

<details><summary>The learning rate.</summary>No. A wrong one gives bad answers, not endless ones.</details>
<details><summary>Whether the end token has a label.</summary>Yes. If it is missing, or masked as padding, the model
never learns to stop.</details>
<details><summary>The rank.</summary>No. Rank 1 can learn to stop.</details>
*/

// %% [markdown]
/*
**5. A colleague shows ten answers; the new model is better in seven. What do you say?**

<details><summary>Ship it.</summary>No. Equal models do that in 17 of 100 trials, as you computed.</details>
<details><summary>It is worse.</summary>No. Nothing says so.</details>
<details><summary>Ask more questions.</summary>Yes: the same ones to both, with an interval.</details>
*/

// %% [markdown]
/*
**Glossary.** *Token*: a word or a piece of one. *SFT*: training on instructions with answers. *PHI*: what identifies a
patient. *Adapter*: small trained matrices beside frozen weights. *EOS*: the token that ends a text. *Greedy*: always the
most likely token. *Held out*: kept away from training.

**Stretch.** Leave the attention without adapters, as the talk did by accident. Train both ways, ask the same questions,
and let `pairedBootstrap` decide whether it mattered.
*/
