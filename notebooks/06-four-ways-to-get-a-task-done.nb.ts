/**
 * Notebook 06: fine-tuning, prompting, instruction tuning and alignment, tried on one toy model.
 *
 * title: Four ways to get a task done
 * goal: name the four ways, who made them known, and what each costs
 * goal: put a classifier on top of a pretrained model, and leave padding out of it
 * goal: make T5's training pairs out of plain text
 * goal: write a few-shot prompt, and measure what each example is worth
 * goal: choose a way for a task, a budget and a hospital
 * reading: 35 minutes
 * running: 20 seconds
 * memory: 0.4 GB
 * needs: next-token prediction (notebook 03), pre-training (notebook 05)
 * graded: five exercises, 13 points, and a written question
 * previous: 05, Pre-training and sampling
 * next: 07, Following instructions
 */

// %% [markdown]
/*
A pretrained model continues text. Nobody wants text continued; people want a letter sorted, a note summarised, a
question answered. The field found four ways from here to there:

1. **fine-tune** a model for each task (BERT, 2018; T5, 2019);
2. **prompt** one model with examples (GPT-3, 2020);
3. **instruction tuning** (FLAN, 2021; Alpaca, 2023);
4. **alignment** (InstructGPT, 2022; Llama 2 and 3).
*/

// %% setup id=setup
import { checkClose, checkEqual, checkSameType } from "residency/exercise";

// %% import the library
import { setBackend, Trainer, TrainingArguments } from "residency";
import { seededRandom } from "residency/data";
import { initializeWeights, modelFromConfig } from "residency/models";
import { barChart, groupedBarChart, lineChart } from "residency/viz";

// %% start the engine output=varies
console.log((await setBackend()).name);

// %% [markdown]
/*
## A world small enough to see through

To compare the four we need a pretrained model that we know everything about. So we make up a world: 24 nouns of three
kinds. A translation is the noun with an **ending**. As *le* and *la* in French, the ending depends on the kind of noun,
and each language has its own.
*/

// %% nouns and endings
const world = {
  animals: { nouns: "miro lisu tepo gani rufo selu nabi koto".split(" "), endings: "ka to mi zu".split(" ") },
  plants: {
    nouns: "bavel dorin felas hurek jamol pirun sovat wenil".split(" "),
    endings: "el on as ir".split(" "),
  },
  tools: {
    nouns: "craska trulbo plindu stogra brenku skalti gromsa drivvo".split(" "),
    endings: "xi ob ut em".split(" "),
  },
};
const kinds = Object.values(world);
const nouns = kinds.flatMap((kind) => kind.nouns);
console.log(nouns.length, "nouns,", kinds.map(({ endings }) => endings.length).join(" · "), "endings");

// %% 64 languages, by number
const kindOf = (noun: string) => kinds.findIndex((kind) => kind.nouns.includes(noun));
/** The ending of each kind in language 0 to 63. */
const endingsOf = (language: number) =>
  kinds.map(({ endings }, place) => endings[Math.floor(language / 4 ** place) % 4]!);
const translate = (noun: string, language: number) => `${noun} ${endingsOf(language)[kindOf(noun)]!}`;
for (const noun of ["miro", "lisu", "bavel"])
  console.log(`${noun} => ${translate(noun, 7)}    or, in another language, ${translate(noun, 40)}`);

// %% [markdown]
/*
Our corpus is pages of such pairs, one language a page. **No page says which language it is in.** Every fifth language is
kept away from training altogether: what the model can do in those, it cannot have remembered.
*/

// %% pages of text
const line = (noun: string, language: number) => `${noun} => ${translate(noun, language)}\n`;
const heldOut = Array.from({ length: 64 }, (_, language) => language).filter((number) => number % 5 === 0);
const seen = Array.from({ length: 64 }, (_, language) => language).filter((number) => number % 5 !== 0);
const random = seededRandom(6);
const pages = Array.from({ length: 4800 }, () => {
  const language = random.pick(seen);
  const chosen = random.shuffle(nouns).slice(0, 9);
  return `\n${chosen.map((noun) => line(noun, language)).join("")}`;
});
console.log(`${pages.length} pages in ${seen.length} languages; ${heldOut.length} languages held out`);
console.log(pages[0]);

// %% a vocabulary of whole words
const names = [
  ["loud", "quiet", "wild", "tame"],
  ["green", "dry", "tall", "low"],
  ["old", "new", "long", "short"],
];
const vocabulary = [
  ...["\n", "=>", ":", ...nouns],
  ...kinds.flatMap(({ endings }) => endings),
  ...names.flat(), // for later; these stand on no page
];
const encode = (text: string) => (text.match(/\n|[^\s]+/g) ?? []).map((word) => vocabulary.indexOf(word));
const decode = (ids: readonly number[]) => ids.map((id) => vocabulary[id]).join(" ");
console.log(vocabulary.length, "tokens;", JSON.stringify("miro => miro ka"), "is", encode("miro => miro ka"));

// %% a very small Llama
const config = {
  ...{ model_type: "llama", architectures: ["LlamaForCausalLM"], vocab_size: vocabulary.length },
  ...{ hidden_size: 32, intermediate_size: 64, num_hidden_layers: 2, num_attention_heads: 4 },
  ...{ num_key_value_heads: 4, tie_word_embeddings: true, eos_token_id: 0 }, // a translation ends with its line
};
function freshModel() {
  const model = modelFromConfig(config);
  initializeWeights(model, { seed: 1, layers: 2, std: 0.15 });
  return model;
}
const sizes = [...freshModel().namedParameters()].map(([, { size }]) => size);
console.log(sizes.reduce((sum, size) => sum + size, 0).toLocaleString("en-US"), "parameters");

// %% how all of today's training is done
type Model = ReturnType<typeof freshModel>;
/** A text whose beginning, the prompt, is read and not predicted: -100 says so. */
const rowOf = (text: string, prompt = "") => ({
  inputIds: encode(text),
  labels: encode(text).map((id, at) => (at < encode(prompt).length ? -100 : id)),
});
type Rows = ReturnType<typeof rowOf>[];
async function train(model: Model, trainDataset: Rows, maxSteps: number, learningRate: number) {
  const args = new TrainingArguments({
    ...{ maxSteps, learningRate, lrSchedulerType: "cosine", warmupSteps: Math.ceil(maxSteps / 15) },
    ...{ perDeviceTrainBatchSize: 32, loggingSteps: maxSteps / 10, seed: 1 },
  });
  const trainer = new Trainer({ model, trainDataset, args });
  await trainer.train();
  return trainer.state.logHistory.filter(({ loss }) => loss !== undefined);
}

// %% pre-training: predict the next token of every page output=varies
const base = freshModel();
const history = await train(
  base,
  pages.map((page) => rowOf(page)),
  300,
  1e-2,
);
lineChart([{ name: "loss", x: history.map(({ step }) => step), y: history.map(({ loss }) => loss!) }], {
  title: "Pre-training on 4,800 pages",
  xLabel: "step",
  yLabel: "loss (nats)",
});

// %% [markdown]
/*
It levels off well above zero, and must: nobody can know which noun comes next.

## Way one: fine-tune for each task

**BERT** (Devlin et al., 2019) fills holes in text, and reads on both sides of them. It does not write. For a task it
gets a **head**, a table [K, C] that turns a hidden state into K classes, and is trained on labelled examples.
*/

// %% what a head reads output=varies
const batchOf = (texts: readonly string[]) => texts.map(encode);
function hiddenStates(model: Model, inputIds: number[][]) {
  const { hiddenStates: layers, logits } = model.forward({ inputIds, outputHiddenStates: true });
  const last = layers!.at(-1)!.arraySync(); // [B, T, C]
  for (const tensor of [logits, ...layers!]) tensor.dispose();
  return last;
}
const [firstStates] = hiddenStates(base, batchOf(["miro lisu tepo"]));
console.log("one text:", [firstStates!.length, firstStates![0]!.length], "[T, C]");

// %% [markdown]
/*
One vector for each token, and the head wants one for the text. BERT takes that of a special first token; another usual
way, which also suits a model that reads from left to right like ours, is the **mean**. Here it goes wrong.
*/

// %% the wrong mean output=varies
const meanOf = (rows: readonly (readonly number[])[]) =>
  rows[0]!.map((_, c) => rows.reduce((sum, row) => sum + row[c]!, 0) / rows.length);
const show = (vector: readonly number[]) =>
  vector
    .slice(0, 4)
    .map((value) => value.toFixed(2))
    .join(" ");
const alone = hiddenStates(base, batchOf(["miro"]))[0]!;
const padded = hiddenStates(base, batchOf(["miro \n \n \n"]))[0]!; // filled up to 4 tokens
console.log("alone:            ", show(meanOf(alone)));
console.log("in a longer batch:", show(meanOf(padded)));

// %% [markdown]
/*
The same text has two vectors: the second mean is mostly padding. The class of a letter would depend on the length of
the letter beside it. A **mask** says what is real: 1 for a token, 0 for padding.
*/

// %% a head
interface Head {
  /** One row a class: `[K, C]`. */
  weight: readonly (readonly number[])[];
  /** `[K]` */
  bias: readonly number[];
}

// %% exercise id=classify title="A classifier head" difficulty=2 importance=5 minutes=12 hint="First the mean: add up the hidden states whose mask is 1, and divide by how many those are." hint="Then one logit a class: the dot product of its row of `weight` with the mean, plus its bias." hint="The softmax of notebook 03: take the largest logit away before `Math.exp`."
/*
Complete `classify`: the probabilities [K] of a text. Take the mean of its hidden states [T, C] over **real** tokens,
those with mask 1, which may stand anywhere; then weight and bias; then the softmax, safe for large logits. A text
without a real token is a `RangeError`.

You should see five check marks below.
*/
/** Probabilities `[K]` of a text, by its hidden states `[T, C]` and its mask `[T]`. */
function classify(
  hidden: readonly (readonly number[])[],
  mask: readonly number[],
  { weight, bias }: Head,
): number[] {
  // BEGIN SOLUTION
  const real = hidden.filter((_, t) => mask[t] === 1);
  if (real.length === 0) throw new RangeError("The text has no real token");
  const pooled = real[0]!.map((_, c) => real.reduce((sum, state) => sum + state[c]!, 0) / real.length);
  const scores = weight.map((row, k) => row.reduce((sum, value, c) => sum + value * pooled[c]!, bias[k]!));
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
  // END SOLUTION
}

// %% tests points=2
const states = [
  [2, 0],
  [0, 4],
  [9, 9],
];
const plainHead = { weight: [[1, 0] as const, [0, 1] as const], bias: [0, 0] };
const twoWay = (difference: number) => [1 / (1 + Math.exp(difference)), 1 / (1 + Math.exp(-difference))];
checkClose("the mean of two real tokens", classify(states, [1, 1, 0], plainHead), twoWay(1));
checkClose("padding on the left", classify(states, [0, 1, 1], plainHead), twoWay(2));
checkClose("the bias", classify(states, [1, 1, 0], { ...plainHead, bias: [3, 0] }), twoWay(-2));
// BEGIN HIDDEN TESTS: three classes, a hole in the mask
const threeWay = { weight: [[1, 0] as const, [0, 1] as const, [0, 0] as const], bias: [0, 0, 0] };
checkClose("hidden: three classes", classify(states, [1, 0, 0], threeWay), [0.78699, 0.10651, 0.10651], 1e-5);
checkClose("hidden: a hole in the mask", classify(states, [1, 0, 1], plainHead), twoWay(-1));
// END HIDDEN TESTS

// %% tests id=classify-edges points=1
const loudHead = { weight: [[800, 0] as const, [799, 0] as const], bias: [0, 0] };
checkClose("large logits", classify([[2, 0]], [1], loudHead), [0.880797, 0.119203], 1e-5);
const emptied = () => {
  try {
    return String(classify([[2, 0]], [0], loudHead));
  } catch (error) {
    return (error as Error).name;
  }
};
checkEqual("no real token", emptied(), "RangeError");

// %% mutant title="the mean of everything" caught="the mean of two real tokens"
/*
  const pooled = hidden[0]!.map((_, c) => hidden.reduce((sum, state) => sum + state[c]!, 0) / hidden.length);
  const scores = weight.map((row, k) => row.reduce((sum, value, c) => sum + value * pooled[c]!, bias[k]!));
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores) + 0 * mask.length));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
*/

// %% mutant title="divides by the length of the row" caught="the mean of two real tokens"
/*
  const real = hidden.filter((_, t) => mask[t] === 1);
  const pooled = hidden[0]!.map((_, c) => real.reduce((sum, state) => sum + state[c]!, 0) / hidden.length);
  const scores = weight.map((row, k) => row.reduce((sum, value, c) => sum + value * pooled[c]!, bias[k]!));
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
*/

// %% mutant title="the last real token" caught="the mean of two real tokens"
/*
  const pooled = hidden[mask.lastIndexOf(1)]!;
  const scores = weight.map((row, k) => row.reduce((sum, value, c) => sum + value * pooled[c]!, bias[k]!));
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
*/

// %% mutant title="counts on padding at the end" caught="padding on the left"
/*
  const real = hidden.slice(0, mask.filter((value) => value === 1).length);
  const pooled = real[0]!.map((_, c) => real.reduce((sum, state) => sum + state[c]!, 0) / real.length);
  const scores = weight.map((row, k) => row.reduce((sum, value, c) => sum + value * pooled[c]!, bias[k]!));
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
*/

// %% mutant title="no bias" caught="the bias"
/*
  const real = hidden.filter((_, t) => mask[t] === 1);
  const pooled = real[0]!.map((_, c) => real.reduce((sum, state) => sum + state[c]!, 0) / real.length);
  const scores = weight.map((row) => row.reduce((sum, value, c) => sum + value * pooled[c]!, 0 * bias.length));
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
*/

// %% mutant title="overflows" caught="large logits"
/*
  const real = hidden.filter((_, t) => mask[t] === 1);
  if (real.length === 0) throw new RangeError("The text has no real token");
  const pooled = real[0]!.map((_, c) => real.reduce((sum, state) => sum + state[c]!, 0) / real.length);
  const powers = weight.map((row, k) => Math.exp(row.reduce((sum, value, c) => sum + value * pooled[c]!, bias[k]!)));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
*/

// %% mutant title="a mean of nothing" caught="no real token"
/*
  const real = hidden.filter((_, t) => mask[t] === 1);
  const pooled = hidden[0]!.map((_, c) => real.reduce((sum, state) => sum + state[c]!, 0) / real.length);
  const scores = weight.map((row, k) => row.reduce((sum, value, c) => sum + value * pooled[c]!, bias[k]!));
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
*/

// %% [markdown]
/*
## What pre-training is worth

The task: two nouns, say their kind. We label **four nouns of each kind** and ask about the other four. A head is trained
on the hidden states of our model, and another on those of a model with random weights.
*/

// %% labelled texts of two nouns
const pairsOf = (from: number, to: number) =>
  kinds.flatMap((kind, label) => {
    const known = kind.nouns.slice(from, to);
    return known.flatMap((one) =>
      known.filter((other) => other !== one).map((other) => ({ text: `${one} ${other}`, label })),
    );
  });
const [labelled, unseen] = [pairsOf(0, 4), pairsOf(4, 8)];
console.log(
  `${labelled.length} labelled texts, ${unseen.length} of other nouns; the first is "${labelled[0]!.text}"`,
);

// %% train a head by p − y, as in notebook 03
const logitsOf = ({ weight, bias }: Head, x: readonly number[]) =>
  weight.map((row, k) => row.reduce((sum, value, c) => sum + value * x[c]!, bias[k]!));
function trainHead(features: readonly number[][], labels: readonly number[]): Head {
  const weight = kinds.map(() => features[0]!.map(() => 0));
  const bias = kinds.map(() => 0);
  for (let step = 0; step < 100 * features.length; step += 1) {
    const x = features[step % features.length]!;
    const powers = logitsOf({ weight, bias }, x).map(Math.exp);
    const total = powers.reduce((sum, power) => sum + power, 0);
    for (const [k, power] of powers.entries()) {
      const slope = power / total - (labels[step % features.length] === k ? 1 : 0);
      bias[k]! -= 0.02 * slope;
      for (const [c, value] of x.entries()) weight[k]![c]! -= 0.02 * slope * value;
    }
  }
  return { weight, bias };
}

// %% two heads output=varies
const featuresOf = (model: Model, rows: readonly { text: string }[]) =>
  hiddenStates(model, batchOf(rows.map(({ text }) => text))).map(meanOf); // all texts have two tokens
const scores: Record<string, number> = {};
for (const [name, model] of Object.entries({ "random weights": freshModel(), pretrained: base })) {
  const labels = labelled.map(({ label }) => label);
  const head = trainHead(featuresOf(model, labelled), labels);
  const answers = featuresOf(model, unseen).map((x) => logitsOf(head, x));
  const right = answers.filter((logits, i) => logits.indexOf(Math.max(...logits)) === unseen[i]!.label);
  scores[name] = (100 * right.length) / unseen.length;
  console.log(`${name}: ${scores[name].toFixed(0)} % right on nouns that no label was given for`);
}
barChart(scores, { title: "A head on hidden states", xLabel: "", yLabel: "right, %" });

// %% [markdown]
/*
Nobody ever told the model that there are kinds. It found them, since they help to predict endings. **That** is why a
few labels are enough, and what all four ways live on.
*/

// %% [markdown]
/*
## T5: every task is text

BERT needs a new head for each task. **T5** (Raffel et al., 2020) needs none: it reads a text and writes a text, be it
a translation or the word “acceptable”. It is pretrained on **span corruption**: pieces of the text are cut out, and are
to be written.
*/

// %% a text with two holes
const skyWords = "The sky over the bay is blue today .".split(" ");
console.log("input: ", "The sky <extra_id_0> is blue <extra_id_1> .");
console.log("target:", "<extra_id_0> over the bay <extra_id_1> today <extra_id_2>");
console.log(skyWords.length, "words; the holes are [2, 5) and [7, 8)");

// %% [markdown]
/*
The names `<extra_id_0>`, `<extra_id_1>`, … are special tokens, called **sentinels**: each marks a hole in the input, and
says in the target whose words follow. One more closes the target. What was not cut out is not written again, so targets
are short.
*/

// %% exercise id=span-corruption title="Span corruption" difficulty=3 importance=3 minutes=15 hint="Sort a copy of the spans by their start, and join two of them when the second starts at or before the end of the first." hint="Then walk once: push the words between two spans to the input, a sentinel to both sides, and the span's words to the target." hint="After the last span: the rest of the words to the input, and one more sentinel to the target."
/*
Complete `corruptSpans`. A span [start, end) counts words from 0, its end excluded. Spans come in **any order**, and
those that touch or overlap are one hole. Sentinels are numbered from 0 as they stand in the text. A span that is
empty, or reaches outside of the text, is a `RangeError`.

You should see five check marks below.
*/
/** T5's input and target for words with some spans cut out. */
function corruptSpans(
  words: readonly string[],
  spans: readonly (readonly [start: number, end: number])[],
): { input: string; target: string } {
  // BEGIN SOLUTION
  const holes: [start: number, end: number][] = [];
  for (const [start, end] of [...spans].sort(([a], [b]) => a - b)) {
    if (start < 0 || end > words.length || start >= end) throw new RangeError(`No span: [${start}, ${end})`);
    const before = holes.at(-1);
    if (before && start <= before[1]) before[1] = Math.max(before[1], end);
    else holes.push([start, end]);
  }
  const [input, target]: [string[], string[]] = [[], []];
  for (const [hole, [start, end]] of holes.entries()) {
    input.push(...words.slice(holes[hole - 1]?.[1] ?? 0, start), `<extra_id_${hole}>`);
    target.push(`<extra_id_${hole}>`, ...words.slice(start, end));
  }
  input.push(...words.slice(holes.at(-1)?.[1] ?? 0));
  return { input: input.join(" "), target: [...target, `<extra_id_${holes.length}>`].join(" ") };
  // END SOLUTION
}

// %% tests points=2
const noteWords = "He was given aspirin and sent home after two days .".split(" ");
const twoHoles = corruptSpans(noteWords, [
  [2, 4],
  [8, 10],
]);
checkEqual("the input", twoHoles.input, "He was <extra_id_0> and sent home after <extra_id_1> .");
checkEqual("the target", twoHoles.target, "<extra_id_0> given aspirin <extra_id_1> two days <extra_id_2>");
const backwards = corruptSpans(noteWords, [
  [8, 10],
  [2, 4],
]);
checkEqual("spans in any order", backwards, twoHoles);
// BEGIN HIDDEN TESTS: the first word, the last word
const outerEnds = corruptSpans("a b c".split(" "), [
  [0, 1],
  [2, 3],
]);
const outerWanted = {
  input: "<extra_id_0> b <extra_id_1>",
  target: "<extra_id_0> a <extra_id_1> c <extra_id_2>",
};
checkEqual("hidden: both ends of a text", outerEnds, outerWanted);
// END HIDDEN TESTS

// %% tests id=span-corruption-edges points=1
const touching = corruptSpans("a b c d".split(" "), [
  [2, 3],
  [1, 2],
]);
const oneHole = { input: "a <extra_id_0> d", target: "<extra_id_0> b c <extra_id_1>" };
checkEqual("spans that touch are one hole", touching, oneHole);
const refused = (span: [number, number]) => {
  try {
    return corruptSpans(["a", "b"], [span]).input;
  } catch (error) {
    return (error as Error).name;
  }
};
checkEqual("outside, or empty", [refused([1, 3]), refused([1, 1])], ["RangeError", "RangeError"]);
// BEGIN HIDDEN TESTS: one span inside another, a start before the text
const nested = corruptSpans("a b c d e".split(" "), [
  [1, 4],
  [2, 3],
]);
checkEqual("hidden: one inside another", nested.input, "a <extra_id_0> e");
checkEqual(
  "hidden: before the first word",
  [refused([-1, 1]), refused([-2, -1])],
  ["RangeError", "RangeError"],
);
// END HIDDEN TESTS

// %% mutant title="does not close the target" caught="the target"
/*
  const holes = [...spans].sort(([a], [b]) => a - b);
  const input = holes.flatMap(([start], i) => [...words.slice(holes[i - 1]?.[1] ?? 0, start), `<extra_id_${i}>`]);
  const target = holes.flatMap(([start, end], i) => [`<extra_id_${i}>`, ...words.slice(start, end)]);
  return { input: [...input, ...words.slice(holes.at(-1)?.[1] ?? 0)].join(" "), target: target.join(" ") };
*/

// %% mutant title="a sentinel for every word" caught="the input"
/*
  const cut = words.map((_, at) => spans.some(([start, end]) => at >= start && at < end));
  const numberAt = (at: number) => cut.slice(0, at).filter(Boolean).length;
  const input = words.map((word, at) => (cut[at] ? `<extra_id_${numberAt(at)}>` : word));
  const target = words.flatMap((word, at) => (cut[at] ? [`<extra_id_${numberAt(at)}>`, word] : []));
  return { input: input.join(" "), target: [...target, `<extra_id_${numberAt(words.length)}>`].join(" ") };
*/

// %% mutant title="BERT: the same mask for every hole" caught="the input"
/*
  const holes = [...spans].sort(([a], [b]) => a - b);
  const input = holes.flatMap(([start], i) => [...words.slice(holes[i - 1]?.[1] ?? 0, start), "[MASK]"]);
  const target = holes.flatMap(([start, end]) => words.slice(start, end));
  return { input: [...input, ...words.slice(holes.at(-1)?.[1] ?? 0)].join(" "), target: target.join(" ") };
*/

// %% mutant title="counts from one" caught="the input"
/*
  const holes = [...spans].sort(([a], [b]) => a - b);
  const input = holes.flatMap(([start], i) => [...words.slice(holes[i - 1]?.[1] ?? 0, start), `<extra_id_${i + 1}>`]);
  const target = holes.flatMap(([start, end], i) => [`<extra_id_${i + 1}>`, ...words.slice(start, end)]);
  return { input: [...input, ...words.slice(holes.at(-1)?.[1] ?? 0)].join(" "), target: [...target, `<extra_id_${holes.length + 1}>`].join(" ") };
*/

// %% mutant title="the order of the spans" caught="spans in any order"
/*
  const input = spans.flatMap(([start], i) => [...words.slice(spans[i - 1]?.[1] ?? 0, start), `<extra_id_${i}>`]);
  const target = spans.flatMap(([start, end], i) => [`<extra_id_${i}>`, ...words.slice(start, end)]);
  return { input: [...input, ...words.slice(spans.at(-1)?.[1] ?? 0)].join(" "), target: [...target, `<extra_id_${spans.length}>`].join(" ") };
*/

// %% mutant title="the end belongs to the span" caught="the input"
/*
  const holes = [...spans].sort(([a], [b]) => a - b);
  const input = holes.flatMap(([start], i) => [...words.slice(i > 0 ? holes[i - 1]![1] + 1 : 0, start), `<extra_id_${i}>`]);
  const target = holes.flatMap(([start, end], i) => [`<extra_id_${i}>`, ...words.slice(start, end + 1)]);
  return { input: [...input, ...words.slice(holes.at(-1)![1] + 1)].join(" "), target: [...target, `<extra_id_${holes.length}>`].join(" ") };
*/

// %% mutant title="two holes side by side" caught="spans that touch are one hole"
/*
  const holes = [...spans].sort(([a], [b]) => a - b);
  const input = holes.flatMap(([start], i) => [...words.slice(holes[i - 1]?.[1] ?? 0, start), `<extra_id_${i}>`]);
  const target = holes.flatMap(([start, end], i) => [`<extra_id_${i}>`, ...words.slice(start, end)]);
  return { input: [...input, ...words.slice(holes.at(-1)?.[1] ?? 0)].join(" "), target: [...target, `<extra_id_${holes.length}>`].join(" ") };
*/

// %% mutant title="takes what there is" caught="outside, or empty"
/*
  const cut = words.map((_, at) => spans.some(([start, end]) => at >= start && at < end));
  const [input, target]: [string[], string[]] = [[], []];
  let hole = -1;
  for (const [at, word] of words.entries()) {
    if (cut[at] && !cut[at - 1]) {
      hole += 1;
      input.push(`<extra_id_${hole}>`);
      target.push(`<extra_id_${hole}>`);
    }
    (cut[at] ? target : input).push(word);
  }
  return { input: input.join(" "), target: [...target, `<extra_id_${hole + 1}>`].join(" ") };
*/

// %% mutant title="looks at the end alone" caught="hidden: before the first word"
/*
  const cut = words.map((_, at) => spans.some(([start, end]) => at >= start && at < end));
  if (spans.some(([start, end]) => end > words.length || start >= end)) throw new RangeError("span");
  const [input, target]: [string[], string[]] = [[], []];
  let hole = -1;
  for (const [at, word] of words.entries()) {
    if (cut[at] && !cut[at - 1]) {
      hole += 1;
      input.push(`<extra_id_${hole}>`);
      target.push(`<extra_id_${hole}>`);
    }
    (cut[at] ? target : input).push(word);
  }
  return { input: input.join(" "), target: [...target, `<extra_id_${hole + 1}>`].join(" ") };
*/

// %% mutant title="the later span ends the hole" caught="hidden: one inside another"
/*
  const holes: [number, number][] = [];
  for (const [start, end] of [...spans].sort(([a], [b]) => a - b)) {
    if (start < 0 || end > words.length || start >= end) throw new RangeError("span");
    const before = holes.at(-1);
    if (before && start <= before[1]) before[1] = end;
    else holes.push([start, end]);
  }
  const input = holes.flatMap(([start], i) => [...words.slice(holes[i - 1]?.[1] ?? 0, start), `<extra_id_${i}>`]);
  const target = holes.flatMap(([start, end], i) => [`<extra_id_${i}>`, ...words.slice(start, end)]);
  return { input: [...input, ...words.slice(holes.at(-1)?.[1] ?? 0)].join(" "), target: [...target, `<extra_id_${holes.length}>`].join(" ") };
*/

// %% [markdown]
/*
## Way two: prompt with examples

GPT-3 (Brown et al., 2020) was never fine-tuned for a task. The task goes into the text, and the model goes on. Here is
the prompt of its paper, with *girafe* as it is spelt there:
*/

// %% GPT-3's famous prompt
console.log(`Translate English to French:

sea otter => loutre de mer
peppermint => menthe poivrée
plush girafe => girafe peluche
cheese =>`);

// %% [markdown]
/*
The lines with answers are **shots**: no shot is *zero-shot*, three are *few-shot*. No weight changes. Our toy knows this
game. A question in a language that it has never seen:
*/

// %% ask a model
interface Question {
  prompt: string;
  answer: string;
}
/** The greedy continuations of prompts of one length, up to the end of the line. */
async function ask(model: Model, prompts: readonly string[]): Promise<string[]> {
  const inputIds = batchOf(prompts);
  const texts = await model.generate(inputIds, { maxNewTokens: 3 });
  return texts.map((ids, row) => decode(ids.slice(inputIds[row]!.length)).split("\n")[0]!.trim());
}
async function accuracy(model: Model, questions: readonly Question[]): Promise<number> {
  const answers = await ask(
    model,
    questions.map(({ prompt }) => prompt),
  );
  return answers.filter((answer, i) => answer === questions[i]!.answer).length / questions.length;
}

// %% one question, with more and more shots output=varies
const foreign = 40; // a language held out
const shown = "lisu craska bavel tepo".split(" ").map((noun) => line(noun, foreign));
for (const k of [0, 1, 2, 3, 4]) {
  const [answer] = await ask(base, [`\n${shown.slice(0, k).join("")}dorin =>`]);
  console.log(`k = ${k}: dorin => ${answer!}${answer === translate("dorin", foreign) ? "   right" : ""}`);
}

// %% [markdown]
/*
Until a plant is shown it can only guess, and one guess in four is right, as perhaps above. From *bavel* on, with three
shots, it knows: it took the rule from the prompt.

Writing such a prompt is easy to get wrong. What is the matter with this one?
*/

// %% the wrong prompt
console.log(JSON.stringify("cheese => fromage\nsea otter => loutre de mer\ncheese => "));

// %% [markdown]
/*
The question is among its own examples, so a right answer proves nothing. And it ends with a space, where in training an
arrow is followed by a word: a tokenizer joins that space to the word **behind** it.
*/

// %% a pair of a text and what it should become
interface Pair {
  source: string;
  target: string;
}

// %% exercise id=few-shot-prompt title="A k-shot prompt" difficulty=2 importance=5 minutes=12 hint="Leave the question's own pair out first, and take k of what is left." hint="`slice(0, k)` is the first k, and right for 0, too; `slice(-0)` would be all of them." hint="`Number.isInteger(k)`, k ≥ 0, and at least k usable shots: anything else is a RangeError."
/*
Complete `fewShotPrompt`: the task and a colon, an empty line, the first `k` usable shots, one a line as
`source => target`, and at the end `query =>` **without a space behind it**. A shot is usable when its source is not the
query. A `k` that is negative or no whole number, or more than there are usable shots, is a `RangeError`.

You should see five check marks below.
*/
/** The prompt that asks for the query's target, with k examples before it. */
function fewShotPrompt(task: string, shots: readonly Pair[], query: string, k: number): string {
  // BEGIN SOLUTION
  const usable = shots.filter(({ source }) => source !== query);
  if (!Number.isInteger(k) || k < 0 || k > usable.length)
    throw new RangeError(`Cannot show ${k} of ${usable.length} examples`);
  const examples = usable.slice(0, k).map(({ source, target }) => `${source} => ${target}\n`);
  return `${task}:\n\n${examples.join("")}${query} =>`;
  // END SOLUTION
}

// %% tests points=2
const otter = [
  { source: "sea otter", target: "loutre de mer" },
  { source: "peppermint", target: "menthe poivrée" },
  { source: "plush girafe", target: "girafe peluche" },
];
const asFrench = (query: string, k: number) => fewShotPrompt("Translate English to French", otter, query, k);
const taskLine = "Translate English to French:\n\n";
const firstTwo = "sea otter => loutre de mer\npeppermint => menthe poivrée\n";
checkEqual("two shots", asFrench("cheese", 2), `${taskLine}${firstTwo}cheese =>`);
checkEqual("zero shots", asFrench("cheese", 0), `${taskLine}cheese =>`);
const others = "peppermint => menthe poivrée\nplush girafe => girafe peluche\n";
checkEqual("never the question itself", asFrench("sea otter", 2), `${taskLine}${others}sea otter =>`);
// BEGIN HIDDEN TESTS: all of them, a part of a word
checkEqual("hidden: all of them", asFrench("cheese", 3).split("\n").length, 6);
checkEqual("hidden: a part is another word", asFrench("otter", 1).includes("sea otter"), true);
// END HIDDEN TESTS

// %% tests id=few-shot-prompt-edges points=1
const words = ["sea otter", "peppermint", "plush girafe"].map((source) => ({ source, target: "?" }));
const outcome = (query: string, k: number) => {
  try {
    return fewShotPrompt("Translate", words, query, k).length;
  } catch (error) {
    return (error as Error).name;
  }
};
checkEqual("too many", [outcome("cheese", 4), outcome("sea otter", 3)], ["RangeError", "RangeError"]);
checkEqual(
  "no number of shots",
  [outcome("cheese", -1), outcome("cheese", 1.5)],
  ["RangeError", "RangeError"],
);

// %% mutant title="a space at the end" caught="two shots"
/*
  const usable = shots.filter(({ source }) => source !== query);
  if (!Number.isInteger(k) || k < 0 || k > usable.length) throw new RangeError("k");
  return `${task}:\n\n${usable.slice(0, k).map(({ source, target }) => `${source} => ${target}\n`).join("")}${query} => `;
*/

// %% mutant title="the last k" caught="two shots"
/*
  const usable = shots.filter(({ source }) => source !== query);
  if (!Number.isInteger(k) || k < 0 || k > usable.length) throw new RangeError("k");
  return `${task}:\n\n${usable.slice(-k).map(({ source, target }) => `${source} => ${target}\n`).join("")}${query} =>`;
*/

// %% mutant title="zero means all" caught="zero shots"
/*
  const usable = shots.filter(({ source }) => source !== query);
  if (!Number.isInteger(k) || k < 0 || k > usable.length) throw new RangeError("k");
  return `${task}:\n\n${usable.slice(0, k || usable.length).map(({ source, target }) => `${source} => ${target}\n`).join("")}${query} =>`;
*/

// %% mutant title="shows the answer" caught="never the question itself"
/*
  if (!Number.isInteger(k) || k < 0 || k > shots.length) throw new RangeError("k");
  return `${task}:\n\n${shots.slice(0, k).map(({ source, target }) => `${source} => ${target}\n`).join("")}${query} =>`;
*/

// %% mutant title="takes k, then leaves out" caught="never the question itself"
/*
  const usable = shots.slice(0, k).filter(({ source }) => source !== query);
  if (!Number.isInteger(k) || k < 0 || k > shots.length) throw new RangeError("k");
  return `${task}:\n\n${usable.map(({ source, target }) => `${source} => ${target}\n`).join("")}${query} =>`;
*/

// %% mutant title="as many as there are" caught="too many"
/*
  const usable = shots.filter(({ source }) => source !== query);
  if (!Number.isInteger(k) || k < 0) throw new RangeError("k");
  return `${task}:\n\n${usable.slice(0, k).map(({ source, target }) => `${source} => ${target}\n`).join("")}${query} =>`;
*/

// %% mutant title="any number" caught="no number of shots"
/*
  const usable = shots.filter(({ source }) => source !== query);
  if (k > usable.length) throw new RangeError("k");
  return `${task}:\n\n${usable.slice(0, k).map(({ source, target }) => `${source} => ${target}\n`).join("")}${query} =>`;
*/

// %% mutant title="leaves out what holds the query" caught="hidden: a part is another word"
/*
  const usable = shots.filter(({ source }) => !source.includes(query));
  if (!Number.isInteger(k) || k < 0 || k > usable.length) throw new RangeError("k");
  return `${task}:\n\n${usable.slice(0, k).map(({ source, target }) => `${source} => ${target}\n`).join("")}${query} =>`;
*/

// %% [markdown]
/*
## What is a shot worth?

One question proves nothing. We ask 240, in the languages held out, each with 0, 1, … 8 shots of its language. A
**perfect copier** sets the bar: right when a noun of the same kind was shown, and otherwise right once in four.
*/

// %% 240 questions
const tests = Array.from({ length: 240 }, (_, i) => {
  const [query, ...examples] = random.shuffle(nouns);
  return { language: heldOut[i % heldOut.length]!, query: query!, examples: examples.slice(0, 8) };
});
const withShots = (k: number): Question[] =>
  tests.map(({ language, query, examples }) => ({
    prompt: `\n${examples
      .slice(0, k)
      .map((noun) => line(noun, language))
      .join("")}${query} =>`,
    answer: translate(query, language),
  }));
console.log(withShots(2)[0]);

// %% accuracy against k output=varies
const ks = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const measured: number[] = [];
for (const k of ks) measured.push(100 * (await accuracy(base, withShots(k))));
const copier = ks.map((k) => {
  const chances = tests.map(({ query, examples }) =>
    examples.slice(0, k).some((noun) => kindOf(noun) === kindOf(query)) ? 1 : 1 / 4,
  );
  return (100 * chances.reduce((sum, chance) => sum + chance, 0)) / tests.length;
});
console.log(measured.map((percent, i) => `${ks[i]!}: ${percent.toFixed(0)} %`).join("   "));

// %% draw it output=varies
lineChart(
  [
    { name: "our model", x: ks, y: measured },
    { name: "perfect copier", x: ks, y: copier },
  ],
  { title: "Languages it has never seen", xLabel: "shots", yLabel: "right, %" },
);

// %% [markdown]
/*
No weight has changed, and the accuracy has. Brown et al. (2020) draw the same curve for GPT-3.

To draw one of your own model you need a scorer. It has traps: a base model does not stop, but writes the **next line**,
too; and “loutre” is not “loutre de mer”.
*/

// %% exercise id=accuracy-by-shots title="Accuracy against k" difficulty=3 importance=5 minutes=15 hint="For each k, for each asked pair: the first k shots whose source is another one, the prompt, the answer." hint="`answer.split(\"\\n\")[0]!.trim()` is the first line. Cut only behind that line break which ends an answer, not one before it: trim the start first." hint="Compare with `===`, and divide by the number of asked pairs."
/*
Complete `accuracyByShots`. For each `k`, in the order given, it asks for every pair of `asked`. The prompt has the first
`k` shots whose source is not the one asked, one a line as `source => target`, and `source =>` at the end. An answer
counts when its **first line that is not empty**, trimmed, is the target. Give shares from 0 to 1.

You should see five check marks below.
*/
/** The share of right answers for each number of shots. */
function accuracyByShots(
  answerTo: (prompt: string) => string,
  { shots, asked }: { shots: readonly Pair[]; asked: readonly Pair[] },
  ks: readonly number[],
): number[] {
  // BEGIN SOLUTION
  const isRight = ({ source, target }: Pair, k: number) => {
    const usable = shots.filter((shot) => shot.source !== source).slice(0, k);
    const lines = usable.map((shot) => `${shot.source} => ${shot.target}\n`);
    const answer = answerTo(`${lines.join("")}${source} =>`);
    return answer.trim().split("\n")[0]!.trim() === target;
  };
  return ks.map((k) => asked.filter((pair) => isRight(pair, k)).length / asked.length);
  // END SOLUTION
}

// %% tests points=1
const pairsFrom = (...lines: string[]) =>
  lines.map((text) => ({ source: text.split(" => ")[0]!, target: text.split(" => ")[1]! }));
const exam = {
  shots: pairsFrom("ant => ant ka", "beet => beet el", "axe => axe ka", "cup => cup xi"),
  asked: pairsFrom("ape => ape ka", "bean => bean el", "cow => cow xi"),
};
// A copier: it finds a shown noun with the same first letter, and goes on with another line.
const copierSays = (prompt: string) => {
  const lines = prompt.split("\n");
  const query = lines.pop()!.split(" ")[0]!;
  const like = lines.find((text) => text.startsWith(query[0]!));
  return like ? ` ${query} ${like.split(" ").at(-1)!} \ndog => dog ka\n` : " ?\n";
};
const gains = accuracyByShots(copierSays, exam, [0, 1, 2, 4]);
checkClose("a copier gains with each shot", gains, [0, 1 / 3, 2 / 3, 1]);
checkClose("in the order given", accuracyByShots(copierSays, exam, [2, 0]), [2 / 3, 0]);

// %% tests id=accuracy-by-shots-traps points=1
const nouns3 = ["ant", "bee", "cow"].map((source) => ({ source, target: `${source} ka` }));
const quiz = { shots: nouns3, asked: nouns3 };
// A cheat: right only where the question stands among the shots.
const cheat = (prompt: string) => {
  const lines = prompt.split("\n");
  const query = lines.pop()!;
  return lines.find((text) => text.startsWith(query))?.slice(query.length) ?? "?";
};
checkClose("no answer is shown", accuracyByShots(cheat, quiz, [3]), [0]);
const beginning = () => "ant";
checkClose("a part is not the answer", accuracyByShots(beginning, quiz, [1]), [0]);
const afterEmptyLine = () => "\n bee ka \ncow => cow ka";
checkClose("an empty line before it", accuracyByShots(afterEmptyLine, quiz, [1]), [1 / 3]);
// BEGIN HIDDEN TESTS: an answer that says more, the prompts themselves
const tooMuch = () => "I say: bee ka, or not";
checkClose("hidden: more than the answer", accuracyByShots(tooMuch, quiz, [1]), [0]);
checkClose(
  "hidden: an ending that goes on",
  accuracyByShots(() => "bee kazu", quiz, [1]),
  [0],
);
const heard: string[] = [];
accuracyByShots((prompt) => String(heard.push(prompt)), { ...quiz, asked: nouns3.slice(0, 1) }, [1]);
checkEqual("hidden: the prompt", heard, ["bee => bee ka\nant =>"]);
// END HIDDEN TESTS

// %% mutant title="the whole continuation" caught="a copier gains with each shot"
/*
  return ks.map((k) => asked.filter(({ source, target }) => {
    const usable = shots.filter((shot) => shot.source !== source).slice(0, k);
    return answerTo(`${usable.map((shot) => `${shot.source} => ${shot.target}\n`).join("")}${source} =>`).trim() === target;
  }).length / asked.length);
*/

// %% mutant title="the beginning is enough" caught="a part is not the answer"
/*
  return ks.map((k) => asked.filter(({ source, target }) => {
    const usable = shots.filter((shot) => shot.source !== source).slice(0, k);
    const answer = answerTo(`${usable.map((shot) => `${shot.source} => ${shot.target}\n`).join("")}${source} =>`);
    return target.startsWith(answer.trim().split("\n")[0]!.trim().slice(0, target.length));
  }).length / asked.length);
*/

// %% mutant title="the answer among the shots" caught="no answer is shown"
/*
  return ks.map((k) => asked.filter(({ source, target }) => {
    const lines = shots.slice(0, k).map((shot) => `${shot.source} => ${shot.target}\n`);
    return answerTo(`${lines.join("")}${source} =>`).trim().split("\n")[0]!.trim() === target;
  }).length / asked.length);
*/

// %% mutant title="the answer somewhere in the line" caught="hidden: more than the answer"
/*
  return ks.map((k) => asked.filter(({ source, target }) => {
    const usable = shots.filter((shot) => shot.source !== source).slice(0, k);
    const answer = answerTo(`${usable.map((shot) => `${shot.source} => ${shot.target}\n`).join("")}${source} =>`);
    return answer.trim().split("\n")[0]!.includes(target);
  }).length / asked.length);
*/

// %% mutant title="the line begins with the answer" caught="hidden: an ending that goes on"
/*
  return ks.map((k) => asked.filter(({ source, target }) => {
    const usable = shots.filter((shot) => shot.source !== source).slice(0, k);
    const answer = answerTo(`${usable.map((shot) => `${shot.source} => ${shot.target}\n`).join("")}${source} =>`);
    return answer.trim().split("\n")[0]!.trim().startsWith(target);
  }).length / asked.length);
*/

// %% mutant title="percent" caught="a copier gains with each shot"
/*
  return ks.map((k) => asked.filter(({ source, target }) => {
    const usable = shots.filter((shot) => shot.source !== source).slice(0, k);
    const answer = answerTo(`${usable.map((shot) => `${shot.source} => ${shot.target}\n`).join("")}${source} =>`);
    return answer.trim().split("\n")[0]!.trim() === target;
  }).length * 100 / asked.length);
*/

// %% mutant title="one shot more" caught="a copier gains with each shot"
/*
  return ks.map((k) => asked.filter(({ source, target }) => {
    const usable = shots.filter((shot) => shot.source !== source).slice(0, k + 1);
    const answer = answerTo(`${usable.map((shot) => `${shot.source} => ${shot.target}\n`).join("")}${source} =>`);
    return answer.trim().split("\n")[0]!.trim() === target;
  }).length / asked.length);
*/

// %% mutant title="sorted" caught="in the order given"
/*
  return [...ks].sort((a, b) => a - b).map((k) => asked.filter(({ source, target }) => {
    const usable = shots.filter((shot) => shot.source !== source).slice(0, k);
    const answer = answerTo(`${usable.map((shot) => `${shot.source} => ${shot.target}\n`).join("")}${source} =>`);
    return answer.trim().split("\n")[0]!.trim() === target;
  }).length / asked.length);
*/

// %% mutant title="the first line, even when empty" caught="an empty line before it"
/*
  return ks.map((k) => asked.filter(({ source, target }) => {
    const usable = shots.filter((shot) => shot.source !== source).slice(0, k);
    const answer = answerTo(`${usable.map((shot) => `${shot.source} => ${shot.target}\n`).join("")}${source} =>`);
    return answer.split("\n")[0]!.trim() === target;
  }).length / asked.length);
*/

// %% mutant title="takes k, then leaves out" caught="hidden: the prompt"
/*
  return ks.map((k) => asked.filter(({ source, target }) => {
    const usable = shots.slice(0, k).filter((shot) => shot.source !== source);
    const answer = answerTo(`${usable.map((shot) => `${shot.source} => ${shot.target}\n`).join("")}${source} =>`);
    return answer.trim().split("\n")[0]!.trim() === target;
  }).length / asked.length);
*/

// %% [markdown]
/*
Shots are not equal, and choosing them is manual work, called **prompt engineering**. Three shots, chosen well, badly, and
at random:
*/

// %% choose three shots output=varies
const choose = (pick: (query: string) => string[]): Question[] =>
  tests.map(({ language, query }) => ({
    prompt: `\n${pick(query)
      .map((noun) => line(noun, language))
      .join("")}${query} =>`,
    answer: translate(query, language),
  }));
const except = (list: readonly string[], query: string) => list.filter((noun) => noun !== query);
const choices = {
  "one of each kind": choose((query) => kinds.map((kind) => except(kind.nouns, query)[0]!)),
  "three animals": choose((query) => except(kinds[0]!.nouns, query).slice(0, 3)),
  random: withShots(3),
};
for (const [name, questions] of Object.entries(choices))
  console.log(`${name.padEnd(17)} ${(100 * (await accuracy(base, questions))).toFixed(0)} %`);

// %% [markdown]
/*
Few-shot prompting needs no training, and one model serves every task. But each question drags its examples along,
somebody has to find them, and nobody talks like that: a doctor just asks.

## Way one again, on the same model

Now fine-tune a copy for **one** language: half of its nouns, one pair a text. Then ask for the other half, without any
shot.
*/

// %% a copy with weights of its own
import { tensor } from "residency/tensor";
function copyOf(model: Model): Model {
  const copy = modelFromConfig(config);
  const originals = new Map(model.namedParameters());
  for (const [name, parameter] of copy.namedParameters()) {
    const numbers = [...originals.get(name)!.value.dataSync()];
    parameter.assign(tensor(numbers, [...parameter.shape]));
  }
  return copy;
}

// %% fine-tune it on one language output=varies
const half = kinds.flatMap((kind) => kind.nouns.slice(0, 4));
const rest = kinds.flatMap((kind) => kind.nouns.slice(4));
const specialist = copyOf(base);
const lessons = half.map((noun) => rowOf(`\n${line(noun, foreign)}`));
const drill = await train(specialist, Array.from({ length: 10 }, () => lessons).flat(), 80, 2e-3);
console.log(`loss ${drill[0]!.loss!.toFixed(2)} → ${drill.at(-1)!.loss!.toFixed(2)}`);

// %% what it has gained, and what it has lost output=varies
const ownLanguage = rest.map((noun) => ({ prompt: `\n${noun} =>`, answer: translate(noun, foreign) }));
const report: Record<"base" | "specialist", number[]> = { base: [], specialist: [] };
for (const [name, model] of [["base", base] as const, ["specialist", specialist] as const])
  for (const questions of [ownLanguage, withShots(8)])
    report[name].push(100 * (await accuracy(model, questions)));
for (const [name, values] of Object.entries(report))
  console.log(name.padEnd(11), values.map((value) => `${value.toFixed(0)} %`).join("   "));
groupedBarChart(
  ["its language, 0 shots", "other languages, 8 shots"],
  Object.entries(report).map(([name, values]) => ({ name, values })),
  { title: "One specialist", xLabel: "", yLabel: "right, %" },
);

// %% [markdown]
/*
The specialist needs no shot any more, and makes less of shots than before: fine-tuning **forgets**. That is way one: good
at its task, and one model a task.

## Way three: instruction tuning

FLAN (Wei et al., 2021) was fine-tuned **once**, on many tasks described in words. A new task then needs a description,
and no examples. Let us give our languages names of three words, one for each ending, such as *loud tall new*:
*/

// %% an instruction in place of shots output=varies
const instruct = (language: number) =>
  `\n${names.map((words, place) => words[Math.floor(language / 4 ** place) % 4]!).join(" ")} :\n`;
const told: Question[] = tests.map(({ language, query }) => ({
  prompt: `${instruct(language)}${query} =>`,
  answer: translate(query, language),
}));
console.log(told[0]!.prompt);
console.log(`\nthe base model: ${(100 * (await accuracy(base, told))).toFixed(0)} % right`);

// %% [markdown]
/*
The base model has never read these words, and guesses. Now the same next-token training, for a moment, with the names of
the 51 languages **of training**. Only the answer counts in the loss; notebook 07 says why.
*/

// %% instruction tuning output=varies
const instructed = Array.from({ length: 3200 }, () => {
  const [language, noun] = [random.pick(seen), random.pick(nouns)];
  return rowOf(`${instruct(language)}${line(noun, language)}`, `${instruct(language)}${noun} =>`);
});
const follower = copyOf(base);
const tuning = await train(follower, instructed, 150, 1e-2);
console.log(`loss ${tuning[0]!.loss!.toFixed(2)} → ${tuning.at(-1)!.loss!.toFixed(2)}`);

// %% languages that it was never tuned on output=varies
const follows = await accuracy(follower, told);
const promptTokens = (questions: readonly Question[]) => encode(questions[0]!.prompt).length;
const ways = {
  "base, 0 shots": [measured[0]!, promptTokens(withShots(0))],
  "base, 8 shots": [measured[8]!, promptTokens(withShots(8))],
  instruction: [100 * follows, promptTokens(told)],
} as const;
for (const [name, [percent, length]] of Object.entries(ways))
  console.log(`${name.padEnd(14)} ${percent.toFixed(0).padStart(3)} % right, ${length} tokens a question`);
barChart(Object.fromEntries(Object.entries(ways).map(([name, [percent]]) => [name, percent])), {
  title: "Languages that no training showed",
  xLabel: "",
  yLabel: "right, %",
});

// %% [markdown]
/*
One model, languages it was never tuned on, no example, and a short prompt: it has learnt what the **words** mean.

For real language this takes many instructions. Stanford's **Alpaca** (Taori et al., 2023) tuned LLaMA 7B on 52,000 of
them (“Alpaca 52K”), written by another model. Notebook 07 builds on it.
*/

// %% [markdown]
/*
## Way four: alignment

An instructed model answers. Whether **well** is another matter: of two answers, one may be safe, and the other only sound
sure. Comparisons teach that. A person says which is better:
*/

// %% a preference
import type { DPORow } from "residency";
const preference: DPORow = {
  prompt: "My chest hurts since this morning. What is it?",
  chosen: " I cannot tell from here. New chest pain can be an emergency: please call for help now.",
  rejected: " Most likely a pulled muscle.",
};
console.log(`${preference.prompt}\n  chosen:  ${preference.chosen}\n  rejected:${preference.rejected}`);

// %% [markdown]
/*
**InstructGPT** (Ouyang et al., 2022), ChatGPT, Llama 2 and Llama 3 went these steps: pre-training; **SFT**, supervised
fine-tuning on instructions; then preferences, by **RLHF** (reinforcement learning from human feedback) or **DPO** (direct
preference optimisation). Notebook 08 is about these.
*/

// %% [markdown]
/*
## What each costs

A firm has **20 tasks** and a model of 7 billion parameters, at 2 bytes each. Which row is which way?
*/

// %% the cost table
const copyGB = (7e9 * 2) / 1e9;
const [question, shot, instruction] = [200, 250, 30]; // tokens
const costs = {
  A: { stored: copyGB, tokens: instruction + question, examples: 13_000, comparisons: 33_000, trained: true },
  B: { stored: copyGB, tokens: 3 * shot + question, examples: 3 * 20, comparisons: 0, trained: false },
  C: { stored: 20 * copyGB, tokens: question, examples: 20 * 1000, comparisons: 0, trained: true },
  D: { stored: copyGB, tokens: instruction + question, examples: 52_000, comparisons: 0, trained: true },
};
console.log("row  GB stored  tokens a question  examples  comparisons  trained");
for (const [row, { stored, tokens, examples, comparisons, trained }] of Object.entries(costs)) {
  const numbers = `${String(stored).padStart(9)}${String(tokens).padStart(19)}${String(examples).padStart(10)}`;
  console.log(`${row}  ${numbers}${String(comparisons).padStart(13)}  ${trained ? "yes" : "no"}`);
}

// %% [markdown]
/*
52,000 is Alpaca's number. 13,000 and 33,000 are the prompts of InstructGPT's paper: people wrote an answer to each of
the former, and ranked several answers to each of the latter. The others are assumptions: change them, and see which way
becomes cheap.
*/

// %% rows and methods, as types
type Row = keyof typeof costs;
type Method = "fine-tuning a task" | "few-shot prompting" | "instruction tuning" | "alignment";

// %% exercise id=cost-table title="Match the ways to their costs" difficulty=1 importance=4 minutes=6 hint="Which way trains nothing? Which way stores a model a task?" hint="Two rows differ in one column alone: comparisons are what alignment learns from."
/*
Write the way of each row into `methodOfRow`. `satisfies` makes sure that every row is there and every way exists; the
first test is one of types: **each way is used once**.

You should see two check marks below; the other rows are checked when you hand in.
*/
const methodOfRow = {
  // BEGIN SOLUTION: A: "?", B: "?", C: "?", D: "?",
  A: "alignment",
  B: "few-shot prompting",
  C: "fine-tuning a task",
  D: "instruction tuning",
  // END SOLUTION
} as const satisfies Record<Row, Method>;

// %% tests points=2
type FourWays = "fine-tuning a task" | "few-shot prompting" | "instruction tuning" | "alignment";
checkSameType<FourWays, (typeof methodOfRow)["A" | "B" | "C" | "D"]>("each way once");
// @ts-expect-error: there are four rows
const fifthRow: keyof typeof methodOfRow = "E";
checkEqual("the row without training", [methodOfRow.B, fifthRow].join(), "few-shot prompting,E");
// BEGIN HIDDEN TESTS: the other rows
checkEqual("hidden: a model for each task", [methodOfRow.C].join(), "fine-tuning a task");
checkEqual("hidden: comparisons", [methodOfRow.A].join(), "alignment");
// END HIDDEN TESTS

// %% mutant title="one way twice" caught="TypeMismatch"
/*
  A: "alignment",
  B: "few-shot prompting",
  C: "fine-tuning a task",
  D: "alignment",
*/

// %% mutant title="a way that does not exist" caught="fine tuning"
/*
  A: "alignment",
  B: "few-shot prompting",
  C: "fine tuning",
  D: "instruction tuning",
*/

// %% mutant title="a row is missing" caught="Property 'D' is missing"
/*
  A: "alignment",
  B: "few-shot prompting",
  C: "fine-tuning a task",
*/

// %% mutant title="examples and comparisons swapped" caught="hidden: comparisons"
/*
  A: "instruction tuning",
  B: "few-shot prompting",
  C: "fine-tuning a task",
  D: "alignment",
*/

// %% mutant title="few-shot stores a copy a task" caught="the row without training"
/*
  A: "alignment",
  B: "fine-tuning a task",
  C: "few-shot prompting",
  D: "instruction tuning",
*/

// %% mutant title="instruction tuning stores a copy a task" caught="hidden: a model for each task"
/*
  A: "alignment",
  B: "few-shot prompting",
  C: "instruction tuning",
  D: "fine-tuning a task",
*/

// %% [markdown]
/*
## Whose model?

GPT-3 and ChatGPT are **closed**: one sends text to their owner. A real note names a patient, and often may not leave the
house. With open weights (Llama, phi-2) the model comes to the notes instead. This course goes that way: clinical text,
then clinical instructions.
*/

// %% written id=hospital title="Choose for a hospital" difficulty=3 importance=5 minutes=20 points=3 hint="Ask of each job: what labels are there, how often is it done, who may read the text, what machine is there?" hint="A way can be right for one job and wrong for the next. A rule of one line is not an answer."
/*
A hospital asks you about three jobs. It owns one machine with a GPU of 24 GB. Real notes may not leave the house.

- **Letters.** 300 a day are to be sorted into 12 departments. 40,000 sorted ones are in the archive.
- **Questions.** Doctors want to ask anything about a patient's note, in their own words. There are no examples.
- **Abstracts.** Once, 200 published abstracts are to become a table of drug, dose and outcome.

Write two or three sentences about each: which way, with which kind of model and why, and what could go wrong.
*/
// BEGIN SOLUTION
/*
One point for each job, half for the choice with a reason from the case, half for a risk that fits it.

Letters: fine-tuning a task, a small encoder with a head (or a small decoder), in the house: fixed classes, plenty of labels,
many calls, so short inputs and a small model pay. Few-shot is dearer a letter and likely worse. Risks: departments change,
rare classes, the archive's mistakes are learnt; split by time or patient; keep a class “unsure”.

Questions: an open instruction-tuned model in the house, if possible tuned further on clinical instructions (synthetic ones,
as Asclepius), with an adapter to fit 24 GB; alignment helps it to say that the note does not tell. Not a closed model:
protected health information. Risks: invented facts; so evaluation on held-out patients, unanswerable questions, the place in
the note shown, a doctor decides.

Abstracts: few-shot prompting, and a closed model is allowed, since published text holds no patient of ours: one-off,
few texts, no labels worth making. Risks: format slips, wrong units or doses; check a sample by hand, leave no tested abstract
among the shots.
*/
// END SOLUTION

// %% [markdown]
/*
## What you can now do

- Tell the **four ways** apart by what they cost.
- Put a **head** on hidden states, and keep padding out.
- Make T5's **span corruption** of any text.
- Write a **few-shot prompt** that gives no answer away, and measure a **shot's worth**.
- Say what a **specialist** forgets.

## Check yourself

Choose an answer, then open it.
*/

// %% [markdown]
/*
**1. What changes in GPT-3's weights when it sees three examples in a prompt?**

<details><summary>The last layer.</summary>No. That would be a head, and training.</details>
<details><summary>Nothing.</summary>Yes. The examples change what it reads, not what it is.</details>
<details><summary>All of them, a little.</summary>No. That would be fine-tuning.</details>
*/

// %% [markdown]
/*
**2. Why did the pretrained model need so few labels to tell the kinds?**

<details><summary>Its vectors already told them apart.</summary>Yes. The kinds help to predict the next token.</details>
<details><summary>The labels were in the pages.</summary>No. No page says what kind a noun is.</details>
<details><summary>It has more parameters than the random one.</summary>No. The two are equally large.</details>
*/

// %% [markdown]
/*
**3. In T5's target, what is the last sentinel for?**

<details><summary>It marks the last hole.</summary>No. That one has its sentinel before its words.</details>
<details><summary>It makes the target as long as the input.</summary>No. Targets are shorter.</details>
<details><summary>It says that no hole is left.</summary>Yes. It ends the last hole's words, as the next sentinel ends
those of each other hole.</details>
*/

// %% [markdown]
/*
**4. A few-shot prompt scores 100 % on your test. What do you check first?**

<details><summary>Whether a tested question is among its examples.</summary>Yes. Then copying is enough.</details>
<details><summary>Whether the model is large enough.</summary>No. That would explain a low score.</details>
<details><summary>The temperature.</summary>No. It changes which answers are drawn, not what they were shown.</details>
*/

// %% [markdown]
/*
**5. What do comparisons teach that examples do not?**

<details><summary>Facts.</summary>Hardly. Facts come from pre-training and from the text that is read.</details>
<details><summary>The form of an answer.</summary>Examples teach that already.</details>
<details><summary>Which of two possible answers people prefer.</summary>Yes. That is alignment.</details>
*/

// %% [markdown]
/*
**Glossary.** *Head*: a small table on top of hidden states. *Pooling*: one vector for a whole text. *Span corruption*: cut
pieces out, and write them. *Sentinel*: the token that marks a hole. *Shot*: an answered example in a prompt. *In-context
learning*: using them. *Instruction tuning*: fine-tuning once, on many described tasks. *Alignment*: learning what people
prefer. *Forgetting*: what fine-tuning takes away.

**Stretch.** Pre-train on pages in 4 languages instead of 51, and draw accuracy against shots once more. Does the model still
take the rule from the prompt, or does it look for one of the languages it remembers?
*/
