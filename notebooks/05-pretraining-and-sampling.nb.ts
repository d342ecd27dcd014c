/**
 * Notebook 05: a language model is trained from random numbers, and then asked to write.
 *
 * title: Pre-training and sampling
 * goal: make one step of AdamW by hand, and say what each of its numbers is for
 * goal: draw a learning rate that warms up and then falls along a cosine
 * goal: write the training loop, and see a small model learn clinical notes
 * goal: read two loss curves, and tell learning from remembering
 * goal: choose the next token: greedy, temperature, top-k, top-p, and when to stop
 * reading: 40 minutes
 * running: 20 seconds
 * memory: 0.5 GB
 * needs: cross-entropy (notebook 03), the parts of a transformer (notebook 04)
 * graded: five exercises, 14 points, and a question that a person reads
 * previous: 04, A transformer from parts
 * next: 06, Four ways to get a task done
 */

// %% [markdown]
/*
In notebook 03 a table of numbers learnt one sentence by plain gradient descent. A real model has millions of
numbers and never sees a sentence twice. Two tools make that work: an **optimiser** that gives each number a
step of its own, and a **schedule** that says how large steps are at what time.

We build both, train a small Llama on clinical notes, and then let a model write.
*/

// %% setup id=setup
import { setBackend as startBackend } from "residency";
import { cpuMemory as memoryNow } from "residency/backends/cpu";
import { checkClose, checkEqual } from "residency/exercise";
import { initializeWeights as drawWeights, modelFromConfig as buildModel } from "residency/models";
import { AdamW as Adam } from "residency/optim";
import { valueAndGradients as gradientsOf } from "residency/train";

// %% import the charts
import { barChart, groupedBarChart, lineChart } from "residency/viz";

// %% [markdown]
/*
## Why plain steps are not enough

A valley that is steep one way and flat the other: *f*(*x*, *y*) = 50 *x*² + *y*²/2. Gradient descent has one
learning rate for both. At 0.021 it is too large for the steep way:
*/

// %% the wrong rate, and the slow one
function descend(learningRate: number, steps: number): [x: number, y: number] {
  let [x, y] = [1, 1];
  for (let step = 0; step < steps; step += 1) {
    x -= learningRate * 100 * x;
    y -= learningRate * y;
  }
  return [x, y];
}
for (const rate of [0.021, 0.018])
  console.log(
    rate,
    descend(rate, 50)
      .map((value) => value.toFixed(3))
      .join("  "),
  );

// %% [markdown]
/*
At 0.021 the first coordinate runs away. At 0.018 it behaves, and the second has moved by little more than half.
A model has such a valley at every weight.

## AdamW

**Adam** (Kingma and Ba, 2015) remembers two things for each number: the running **mean** of its gradients, and
the running mean of their squares, the **variance**. A step is the mean divided by the root of the variance: its
size is about the learning rate, however steep the valley is.

The **W** (Loshchilov and Hutter, 2019): weight decay pulls each weight towards zero by itself, and is no part
of the gradient.
*/

// %% what AdamW remembers
interface AdamState {
  value: readonly number[];
  mean: readonly number[];
  variance: readonly number[];
  /** Steps that were made. */
  step: number;
}
const adam = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 };

// %% [markdown]
/*
One detail is easily forgotten. Mean and variance start at zero, so in the first steps both are far too small:
after one step the mean holds a tenth of the gradient, the variance a thousandth of its square. Without a
correction the first step is this many times too large:
*/

// %% the first step without bias correction
const [firstMean, firstVariance] = [(1 - adam.beta1) * 1, (1 - adam.beta2) * 1]; // for a gradient of 1
console.log((firstMean / Math.sqrt(firstVariance)).toFixed(2), "in place of 1");

// %% [markdown]
/*
So each is divided by what it would hold if every gradient had been 1: 1 − β₁ᵗ and 1 − β₂ᵗ, at step *t* = 1, 2,
3, …
*/

// %% exercise id=adamw title="One step of AdamW" difficulty=3 importance=5 minutes=15 hint="t is `state.step + 1`: in the first step it is 1." hint="mean ← β₁ mean + (1 − β₁) g and variance ← β₂ variance + (1 − β₂) g². Correct both for the step, but keep the uncorrected ones." hint="value ← value − learningRate · weightDecay · value − learningRate · m̂ / (√v̂ + eps), where both terms start from the old value."
/*
Complete `adamWStep`: the state after one step with gradient *g*. The numbers in the tests are those of
`torch.optim.AdamW`. You should see four check marks below.
*/
/** The state of AdamW after a step with a gradient of the same length. */
function adamWStep(state: AdamState, gradient: readonly number[], options: typeof adam): AdamState {
  // BEGIN SOLUTION
  const { learningRate, beta1, beta2, eps, weightDecay } = options;
  const step = state.step + 1;
  const mean = state.mean.map((old, i) => beta1 * old + (1 - beta1) * gradient[i]!);
  const variance = state.variance.map((old, i) => beta2 * old + (1 - beta2) * gradient[i]! ** 2);
  const value = state.value.map((old, i) => {
    const corrected = mean[i]! / (1 - beta1 ** step);
    const size = Math.sqrt(variance[i]! / (1 - beta2 ** step)) + eps;
    return old * (1 - learningRate * weightDecay) - (learningRate * corrected) / size;
  });
  return { value, mean, variance, step };
  // END SOLUTION
}

// %% tests points=3
const rates = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 };
const gradientAt = (t: number) => [Math.sin(t + 1), Math.cos(t), 0.1 * (t + 1)];
const initial = { value: [0.5, -1, 2], mean: [0, 0, 0], variance: [0, 0, 0], step: 0 };
const states: ReturnType<typeof adamWStep>[] = [initial];
for (let t = 0; t < 5; t += 1) states.push(adamWStep(states[t]!, gradientAt(t), rates));
const near = (what: string, step: number, torch: string) =>
  checkClose(what, states[step]!.value, torch.split(" ").map(Number), 1e-9);
near("the first step", 1, "0.3995000011883951 -1.0989999990000001 1.898000009999999");
near("the second step", 2, "0.29897365166791395 -1.1922322675766965 1.799583813511253");
near("the fifth step", 5, "0.1951422038614662 -1.2009014789755053 1.5059131226965863");
checkEqual("the old state is unchanged", [initial.value, initial.step], [[0.5, -1, 2], 0]);
// BEGIN HIDDEN TESTS: what is remembered, a gradient of zero, other options
const { mean, variance } = states[1]!;
checkClose("hidden: mean and variance", [mean[0]!, variance[0]!], [0.08414709848, 0.00070807342], 1e-9);
const still = adamWStep(initial, [0, 0, 0], rates);
checkClose("hidden: decay alone", still.value, [0.4995, -0.999, 1.998], 1e-9);
checkEqual("hidden: the steps", states[5]!.step, 5);
const otherRates = { learningRate: 0.03, beta1: 0.7, beta2: 0.9, eps: 1e-3, weightDecay: 0.2 };
const others = adamWStep(initial, gradientAt(0), otherRates);
checkClose(
  "hidden: other options",
  others.value,
  [0.4670356095349763, -1.02397002997003, 1.9582970297029704],
  1e-9,
);
// END HIDDEN TESTS

// %% mutant title="no bias correction" caught="the first step"
/*
  const { learningRate, beta1, beta2, eps, weightDecay } = options;
  const mean = state.mean.map((old, i) => beta1 * old + (1 - beta1) * gradient[i]!);
  const variance = state.variance.map((old, i) => beta2 * old + (1 - beta2) * gradient[i]! ** 2);
  const value = state.value.map((old, i) => old * (1 - learningRate * weightDecay) - (learningRate * mean[i]!) / (Math.sqrt(variance[i]!) + eps));
  return { value, mean, variance, step: state.step + 1 };
*/

// %% mutant title="the options of the cell above, whatever is given" caught="hidden: other options"
/*
  const { learningRate, beta1, beta2, eps, weightDecay } = { ...options, ...adam };
  const step = state.step + 1;
  const mean = state.mean.map((old, i) => beta1 * old + (1 - beta1) * gradient[i]!);
  const variance = state.variance.map((old, i) => beta2 * old + (1 - beta2) * gradient[i]! ** 2);
  const value = state.value.map((old, i) => old * (1 - learningRate * weightDecay) - (learningRate * mean[i]!) / (1 - beta1 ** step) / (Math.sqrt(variance[i]! / (1 - beta2 ** step)) + eps));
  return { value, mean, variance, step };
*/

// %% mutant title="Adam: decay as a part of the gradient" caught="the first step"
/*
  const { learningRate, beta1, beta2, eps, weightDecay } = options;
  const step = state.step + 1;
  const g = gradient.map((slope, i) => slope + weightDecay * state.value[i]!);
  const mean = state.mean.map((old, i) => beta1 * old + (1 - beta1) * g[i]!);
  const variance = state.variance.map((old, i) => beta2 * old + (1 - beta2) * g[i]! ** 2);
  const value = state.value.map((old, i) => old - (learningRate * mean[i]!) / (1 - beta1 ** step) / (Math.sqrt(variance[i]! / (1 - beta2 ** step)) + eps));
  return { value, mean, variance, step };
*/

// %% mutant title="decay without the learning rate" caught="the first step"
/*
  const { learningRate, beta1, beta2, eps, weightDecay } = options;
  const step = state.step + 1;
  const mean = state.mean.map((old, i) => beta1 * old + (1 - beta1) * gradient[i]!);
  const variance = state.variance.map((old, i) => beta2 * old + (1 - beta2) * gradient[i]! ** 2);
  const value = state.value.map((old, i) => old * (1 - weightDecay) - (learningRate * mean[i]!) / (1 - beta1 ** step) / (Math.sqrt(variance[i]! / (1 - beta2 ** step)) + eps));
  return { value, mean, variance, step };
*/

// %% mutant title="keeps the corrected mean" caught="the second step"
/*
  const { learningRate, beta1, beta2, eps, weightDecay } = options;
  const step = state.step + 1;
  const mean = state.mean.map((old, i) => (beta1 * old + (1 - beta1) * gradient[i]!) / (1 - beta1 ** step));
  const variance = state.variance.map((old, i) => beta2 * old + (1 - beta2) * gradient[i]! ** 2);
  const value = state.value.map((old, i) => old * (1 - learningRate * weightDecay) - (learningRate * mean[i]!) / (Math.sqrt(variance[i]! / (1 - beta2 ** step)) + eps));
  return { value, mean, variance, step };
*/

// %% mutant title="always corrects as in the first step" caught="the second step"
/*
  const { learningRate, beta1, beta2, eps, weightDecay } = options;
  const mean = state.mean.map((old, i) => beta1 * old + (1 - beta1) * gradient[i]!);
  const variance = state.variance.map((old, i) => beta2 * old + (1 - beta2) * gradient[i]! ** 2);
  const value = state.value.map((old, i) => old * (1 - learningRate * weightDecay) - (learningRate * mean[i]!) / (1 - beta1) / (Math.sqrt(variance[i]! / (1 - beta2)) + eps));
  return { value, mean, variance, step: state.step + 1 };
*/

// %% what the library has
import { AdamW, optimizerNames, schedule, schedulerTypes } from "residency/optim";
console.log("optimisers:", optimizerNames.join(", "));
console.log("schedules: ", schedulerTypes.join(", "));

// %% [markdown]
/*
## A schedule

At the start the variance is a guess and large steps do harm, so the learning rate **warms up** from zero. At
the end the model should settle, so the rate **falls**. A cosine does it smoothly: *peak* · ½ (1 + cos π *x*),
where *x* goes from 0 to 1 behind the warm-up.
*/

// %% the schedule of the talk's run
const talk = { type: "cosine", learningRate: 1e-4, warmupSteps: 4, totalSteps: 125 } as const;
const rateOf = schedule(talk);
const allSteps = Array.from({ length: 126 }, (_, step) => step);
lineChart([{ name: "learning rate", x: allSteps, y: allSteps.map((step) => rateOf(step)) }], {
  title: "125 steps, the first 4 to warm up",
  xLabel: "step",
  yLabel: "learning rate",
});

// %% exercise id=schedule title="Warm-up and cosine" difficulty=2 importance=4 minutes=10 hint="While step < warmup: peak · step / warmup. The first step has the rate 0, as in transformers." hint="Behind: x = (step − warmup) / (total − warmup)." hint="Past the end the cosine would rise again; keep x at 1 at most. And guard against division by zero."
/*
Complete `learningRateAt`: the rate of step 0, 1, 2, … It rises in a straight line from 0 to `peak` at step
`warmup`, then falls along half a cosine to 0 at step `total`, and stays 0. A warm-up of 0 starts at the peak.
You should see five check marks below.
*/
/** The learning rate of a step, with warm-up and cosine. */
function learningRateAt(
  step: number,
  { peak, warmup, total }: { peak: number; warmup: number; total: number },
): number {
  // BEGIN SOLUTION
  if (step < warmup) return (peak * step) / warmup;
  const share = Math.min(1, (step - warmup) / Math.max(1, total - warmup));
  return (peak * (1 + Math.cos(Math.PI * share))) / 2;
  // END SOLUTION
}

// %% tests points=2
const talkRun = { peak: 1e-4, warmup: 4, total: 125 };
const rate = (step: number) => learningRateAt(step, talkRun) * 1e4;
checkClose("warm-up", [0, 1, 2, 3].map(rate), [0, 0.25, 0.5, 0.75]);
checkClose("the peak", rate(4), 1);
checkClose("on the way down", [31, 64, 100].map(rate), [0.8820934587, 0.5064907116, 0.1016827218], 1e-8);
checkClose("the end", [124, 125, 200].map(rate), [1.685173482e-4, 0, 0], 1e-10);
checkClose("no warm-up", learningRateAt(0, { peak: 2, warmup: 0, total: 10 }), 2);
// BEGIN HIDDEN TESTS: another run, and one that is all warm-up
checkClose("hidden: the middle", learningRateAt(55, { peak: 3, warmup: 10, total: 100 }), 1.5);
checkClose("hidden: warm-up alone", learningRateAt(5, { peak: 4, warmup: 10, total: 10 }), 2);
const lastOne = learningRateAt(10, { peak: 4, warmup: 10, total: 10 });
checkEqual("hidden: the end of a warm-up alone is a number", Number.isNaN(lastOne), false);
// END HIDDEN TESTS

// %% mutant title="starts at one step of the warm-up" caught="warm-up"
/*
  if (step < warmup) return (peak * (step + 1)) / warmup;
  return (peak * (1 + Math.cos(Math.PI * Math.min(1, (step - warmup) / Math.max(1, total - warmup))))) / 2;
*/

// %% mutant title="a whole cosine" caught="on the way down"
/*
  if (step < warmup) return (peak * step) / warmup;
  return (peak * (1 + Math.cos(2 * Math.PI * Math.min(1, (step - warmup) / Math.max(1, total - warmup))))) / 2;
*/

// %% mutant title="a straight line down" caught="on the way down"
/*
  if (step < warmup) return (peak * step) / warmup;
  return peak * Math.max(0, (total - step) / Math.max(1, total - warmup));
*/

// %% mutant title="forgets that the warm-up took time" caught="the peak"
/*
  if (step < warmup) return (peak * step) / warmup;
  return (peak * (1 + Math.cos(Math.PI * Math.min(1, step / total)))) / 2;
*/

// %% mutant title="divides by zero" caught="hidden: the end of a warm-up alone is a number"
/*
  if (step < warmup) return (peak * step) / warmup;
  return (peak * (1 + Math.cos(Math.PI * Math.min(1, (step - warmup) / (total - warmup))))) / 2;
*/

// %% mutant title="rises again" caught="the end"
/*
  if (step < warmup) return (peak * step) / warmup;
  return (peak * (1 + Math.cos((Math.PI * (step - warmup)) / Math.max(1, total - warmup)))) / 2;
*/

// %% [markdown]
/*
## Something to learn from

400 synthetic notes, cut into tokens and joined with an end-of-text token between them; the stream is cut into
rows of 64. Twenty other notes are for **validation**: nothing is learnt from them.
*/

// %% import the library
import { assetPath, AutoModelForCausalLM, AutoTokenizer, generateText, readJsonlFile } from "residency";
import { setBackend, Trainer, TrainingArguments } from "residency";
import { parseNoteRow } from "residency/clinical";
import { packTexts } from "residency/data";
import { initializeWeights, modelFromConfig } from "residency/models";
import type { CausalLanguageModel } from "residency";

// %% start the engine output=varies
console.log((await setBackend()).name);

// %% rows of 64 tokens
const tokenizer = await AutoTokenizer.fromPretrained(assetPath("intern"));
const notes = await readJsonlFile(assetPath("corpus", "notes.jsonl.gz"), { parse: parseNoteRow });
const rowsOf = (texts: readonly { note: string }[]) => {
  const encoded = texts.map(({ note }) => tokenizer.encode(note));
  return packTexts(encoded, { blockLength: 64, eosTokenId: tokenizer.eosTokenId! });
};
const trainRows = rowsOf(notes.slice(0, 400));
const validationRows = rowsOf(notes.slice(400, 420));
console.log(`${trainRows.length} rows to train on, ${validationRows.length} to validate with`);

// %% one row, as text
console.log(tokenizer.decode(trainRows[0]!.inputIds));

// %% a small Llama, drawn at random
const config = {
  ...{
    model_type: "llama",
    architectures: ["LlamaForCausalLM"],
    vocab_size: tokenizer.vocabSize,
    hidden_size: 64,
  },
  ...{ intermediate_size: 176, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2 },
  ...{ tie_word_embeddings: true, eos_token_id: 0 },
};
function freshModel() {
  const model = modelFromConfig(config);
  initializeWeights(model, { seed: 1, layers: config.num_hidden_layers });
  return model;
}
const small = freshModel();
const sizes = [...small.root.namedParameters()].map(([, { size }]) => size);
console.log(sizes.reduce((sum, size) => sum + size, 0).toLocaleString("en-US"), "parameters");

// %% [markdown]
/*
What must its loss be now? Notebook 03 knows: log *V*.
*/

// %% the first loss
const firstRows = validationRows.slice(0, 8).map(({ inputIds }) => inputIds);
const { sum, tokens } = small.summedLoss({ inputIds: firstRows, labels: firstRows });
console.log(
  `measured ${(sum.dataSync()[0]! / tokens).toFixed(3)}, log V ${Math.log(tokenizer.vocabSize).toFixed(3)}`,
);

// %% [markdown]
/*
## The loop

All of training is a loop of four lines: take a batch, get loss and gradients, let the optimiser step, give the
memory back. Tensors are not collected as garbage the way JavaScript's objects are: who makes one, disposes of
it.
*/

// %% the two pieces that the loop needs
import { valueAndGradients } from "residency/train";
const trained = small.root.trainableParameters();
const loss = () => small.summedLoss({ inputIds: firstRows, labels: firstRows }).sum;
const { value, gradients } = valueAndGradients(loss, trained);
console.log(`a loss of ${(value.dataSync()[0]! / tokens).toFixed(3)} and ${gradients.size} gradients`);
for (const tensor of [value, ...gradients.values()]) tensor.dispose();

// %% what a run is told
interface Run {
  steps: number;
  /** The rows of a step, `[B, T]`. */
  batchAt: (step: number) => number[][];
  rateAt: (step: number) => number;
}

// %% exercise id=loop title="The training loop" difficulty=4 importance=5 minutes=20 hint="`model.summedLoss({ inputIds, labels: inputIds })` gives `{ sum, tokens }`; the function for `valueAndGradients` returns the sum, and you need the tokens outside." hint="`optimizer.step(gradients, rateAt(step), 1 / tokens)`: the third argument makes the gradient of a sum that of a mean." hint="Dispose of the loss and of every gradient in each step, and of the optimiser at the end."
/*
Complete `pretrain`: `steps` steps of `AdamW` over all trainable parameters, with the batch `batchAt(step)` and
the learning rate `rateAt(step)`. Give the mean loss a token of each step, in nats.

The tests train a tiny model on a made-up language and look at its loss on rows that it has not seen, and
whether the memory is given back. You should see four check marks below, then one more.
*/
/** Trains a model; gives the mean loss a token of each step. */
function pretrain(model: CausalLanguageModel, { steps, batchAt, rateAt }: Run): number[] {
  // BEGIN SOLUTION
  const parameters = model.root.trainableParameters();
  const optimizer = new AdamW(parameters);
  const losses: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    const inputIds = batchAt(step);
    let count = 1;
    const { value, gradients } = valueAndGradients(() => {
      const summed = model.summedLoss({ inputIds, labels: inputIds });
      count = summed.tokens;
      return summed.sum;
    }, parameters);
    losses.push(value.dataSync()[0]! / count);
    optimizer.step(gradients, rateAt(step), 1 / count);
    for (const tensor of [value, ...gradients.values()]) tensor.dispose();
  }
  optimizer.dispose();
  return losses;
  // END SOLUTION
}

// %% tests points=3
await startBackend("residency-cpu");
const tiny = buildModel({
  ...{ model_type: "llama", vocab_size: 32, hidden_size: 32, intermediate_size: 64, num_hidden_layers: 1 },
  ...{ num_attention_heads: 2, num_key_value_heads: 2, tie_word_embeddings: true, eos_token_id: 0 },
});
drawWeights(tiny, { seed: 3, layers: 1 });
// In this language 5 x + 3 follows x, modulo 32.
const sentence = (start: number) => {
  const ids = [start % 32];
  while (ids.length < 12) ids.push((5 * ids.at(-1)! + 3) % 32);
  return ids;
};
const batchAt = (step: number) => Array.from({ length: 8 }, (_, i) => sentence(2 * (step + i)));
const asked: number[] = [];
const rateAt = (step: number) => 0.02 * Math.sign(asked.push(step));
const curve = pretrain(tiny, { batchAt, rateAt, steps: 2 });
const inUse = memoryNow()!.bytesInUse;
curve.push(...pretrain(tiny, { batchAt, rateAt, steps: 50 }));
checkEqual("a loss for each step", curve.length, 52);
checkClose("the first is log V", curve[0]!, Math.log(32), 0.05);
checkEqual("memory is given back", memoryNow()!.bytesInUse <= inUse, true);
const unseen = tiny.summedLoss({ inputIds: [sentence(9)], labels: [sentence(9)] });
checkEqual("validation loss under 0.3", unseen.sum.dataSync()[0]! / unseen.tokens < 0.3, true);
// BEGIN HIDDEN TESTS: the rate is asked for at every step
checkEqual("hidden: the rate of each step", asked.slice(-3), [47, 48, 49]);
// END HIDDEN TESTS

// %% tests id=loop-steps points=1
await startBackend("residency-cpu");
const twin = () => {
  const model = buildModel({
    ...{ model_type: "llama", vocab_size: 32, hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1 },
    ...{ num_attention_heads: 2, num_key_value_heads: 2, tie_word_embeddings: true, eos_token_id: 0 },
  });
  drawWeights(model, { seed: 4, layers: 1 });
  return model;
};
const batches = (step: number) =>
  [0, 1, 2].map((row) => [0, 1, 2, 3].map((t) => (7 * step + row + 5 * t) % 32));
const own = pretrain(twin(), { batchAt: batches, rateAt: () => 0.02, steps: 6 });
checkEqual("six steps, six losses", own.filter(Number.isFinite).length, 6);
// BEGIN HIDDEN TESTS: the batch of every step, one optimiser for all
const second = twin();
const weights = second.root.trainableParameters();
const optimizer = new Adam(weights);
const wanted = own.map((_, step) => {
  const ids = { inputIds: batches(step), labels: batches(step) };
  const { value, gradients } = gradientsOf(() => second.summedLoss(ids).sum, weights);
  optimizer.step(gradients, 0.02, 1 / 9);
  return value.dataSync()[0]! / 9;
});
checkClose("hidden: the batch of each step, and one optimiser", own, wanted, 2e-3);
// END HIDDEN TESTS

// %% mutant title="the sum, not the mean" caught="the first is log V"
/*
  const parameters = model.root.trainableParameters();
  const optimizer = new AdamW(parameters);
  const losses: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    const inputIds = batchAt(step);
    const { value, gradients } = valueAndGradients(() => model.summedLoss({ inputIds, labels: inputIds }).sum, parameters);
    losses.push(value.dataSync()[0]!);
    optimizer.step(gradients, rateAt(step));
    for (const tensor of [value, ...gradients.values()]) tensor.dispose();
  }
  optimizer.dispose();
  return losses;
*/

// %% mutant title="keeps every gradient" caught="memory is given back"
/*
  const parameters = model.root.trainableParameters();
  const optimizer = new AdamW(parameters);
  const losses: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    const inputIds = batchAt(step);
    const count = inputIds.reduce((sum, row) => sum + row.length - 1, 0);
    const { value, gradients } = valueAndGradients(() => model.summedLoss({ inputIds, labels: inputIds }).sum, parameters);
    losses.push(value.dataSync()[0]! / count);
    optimizer.step(gradients, rateAt(step), 1 / count);
  }
  optimizer.dispose();
  return losses;
*/

// %% mutant title="never steps" caught="validation loss under 0.3"
/*
  const parameters = model.root.trainableParameters();
  return Array.from({ length: steps }, (_, step) => {
    const inputIds = batchAt(step);
    const count = inputIds.reduce((sum, row) => sum + row.length - 1, 0);
    const { value, gradients } = valueAndGradients(() => model.summedLoss({ inputIds, labels: inputIds }).sum, parameters);
    const mean = value.dataSync()[0]! / count + 0 * rateAt(step);
    for (const tensor of [value, ...gradients.values()]) tensor.dispose();
    return mean;
  });
*/

// %% mutant title="climbs" caught="validation loss under 0.3"
/*
  const parameters = model.root.trainableParameters();
  const optimizer = new AdamW(parameters);
  const losses: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    const inputIds = batchAt(step);
    const count = inputIds.reduce((sum, row) => sum + row.length - 1, 0);
    const { value, gradients } = valueAndGradients(() => model.summedLoss({ inputIds, labels: inputIds }).sum, parameters);
    losses.push(value.dataSync()[0]! / count);
    optimizer.step(gradients, rateAt(step), -1 / count);
    for (const tensor of [value, ...gradients.values()]) tensor.dispose();
  }
  optimizer.dispose();
  return losses;
*/

// %% mutant title="a new optimiser in each step" caught="hidden: the batch of each step, and one optimiser"
/*
  const parameters = model.root.trainableParameters();
  const losses: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    const optimizer = new AdamW(parameters);
    const inputIds = batchAt(step);
    const count = inputIds.reduce((sum, row) => sum + row.length - 1, 0);
    const { value, gradients } = valueAndGradients(() => model.summedLoss({ inputIds, labels: inputIds }).sum, parameters);
    losses.push(value.dataSync()[0]! / count);
    optimizer.step(gradients, rateAt(step), 1 / count);
    for (const tensor of [value, ...gradients.values()]) tensor.dispose();
    optimizer.dispose();
  }
  return losses;
*/

// %% mutant title="the batch of the first step, always" caught="hidden: the batch of each step, and one optimiser"
/*
  const parameters = model.root.trainableParameters();
  const optimizer = new AdamW(parameters);
  const losses: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    const inputIds = batchAt(0);
    const count = inputIds.reduce((sum, row) => sum + row.length - 1, 0);
    const { value, gradients } = valueAndGradients(() => model.summedLoss({ inputIds, labels: inputIds }).sum, parameters);
    losses.push(value.dataSync()[0]! / count);
    optimizer.step(gradients, rateAt(step), 1 / count);
    for (const tensor of [value, ...gradients.values()]) tensor.dispose();
  }
  optimizer.dispose();
  return losses;
*/

// %% mutant title="the rate of the first step, always" caught="hidden: the rate of each step"
/*
  const parameters = model.root.trainableParameters();
  const optimizer = new AdamW(parameters);
  const losses: number[] = [];
  const rate = rateAt(0);
  for (let step = 0; step < steps; step += 1) {
    const inputIds = batchAt(step);
    const count = inputIds.reduce((sum, row) => sum + row.length - 1, 0);
    const { value, gradients } = valueAndGradients(() => model.summedLoss({ inputIds, labels: inputIds }).sum, parameters);
    losses.push(value.dataSync()[0]! / count);
    optimizer.step(gradients, rate, 1 / count);
    for (const tensor of [value, ...gradients.values()]) tensor.dispose();
  }
  optimizer.dispose();
  return losses;
*/

// %% [markdown]
/*
## Two curves

The library's `Trainer` is this loop with batches, logs, checkpoints and a progress bar around it. We run it
twice, from the same random numbers: on all rows, and on eight of them.
*/

// %% train twice
async function run(rows: typeof trainRows) {
  const model = freshModel();
  const args = new TrainingArguments({
    ...{ maxSteps: 120, perDeviceTrainBatchSize: 8, perDeviceEvalBatchSize: 32, seed: 1 },
    ...{ learningRate: 5e-3, lrSchedulerType: "cosine", warmupSteps: 6 },
    ...{ loggingSteps: 10, evalStrategy: "steps", evalSteps: 10 },
  });
  const trainer = new Trainer({ model, trainDataset: rows, evalDataset: validationRows, args });
  await trainer.train();
  const logs = trainer.state.logHistory;
  const pick = (name: string, key: "loss" | "evalLoss") => {
    const points = logs.filter((entry) => entry[key] !== undefined);
    return { name, x: points.map(({ step }) => step), y: points.map((entry) => entry[key]!) };
  };
  return { model, train: pick("training", "loss"), validation: pick("validation", "evalLoss") };
}

// %% all rows output=varies
const many = await run(trainRows);
console.log(
  `training ${many.train.y.at(-1)!.toFixed(2)}, validation ${many.validation.y.at(-1)!.toFixed(2)}`,
);

// %% draw the first run
lineChart([many.train, many.validation], { title: "Run 1: all rows", xLabel: "step", yLabel: "loss (nats)" });

// %% eight rows output=varies
const few = await run(trainRows.slice(0, 8));
console.log(`training ${few.train.y.at(-1)!.toFixed(2)}, validation ${few.validation.y.at(-1)!.toFixed(2)}`);

// %% draw the second run
lineChart([few.train, few.validation], { title: "Run 2: eight rows", xLabel: "step", yLabel: "loss (nats)" });

// %% written id=read-curves title="Read two curves" difficulty=2 importance=4 minutes=10 points=2 hint="One line is of rows that the model is trained on, the other of rows that it never sees. Which one shows what it can do with a new note?" hint="Look for the place where the second run's validation line is lowest, not for the place where it ends."
/*
Before you go on, write four or five sentences. Which run has the lower training loss, and what has that model learnt?
Which of the two models would you rather have, and which line tells you? At which step would you have stopped the second
run, and why there?
*/
// BEGIN SOLUTION
/*
One point: the second run has the lower training loss, by far, since it knows its eight rows by heart. The first is the
better model all the same: on notes that neither has seen its loss is lower. Only the validation line says so; the
training lines alone would choose the wrong model. One point: the second run's validation loss is lowest near its
beginning and rises from there while the training loss goes on falling, so stop at its lowest point and keep that model;
what comes later is remembering. The first run's two lines fall together to the end, so nothing speaks for stopping it
earlier. To say "where the training loss is lowest" gets no second point.
*/
// END SOLUTION

// %% from nats to something that one can picture
for (const [name, { validation }] of [
  ["all rows", many],
  ["eight rows", few],
] as const) {
  const best = Math.min(...validation.y);
  console.log(
    `${name}: best loss ${best.toFixed(1)}, as unsure as among ${Math.exp(best).toFixed(0)} equal tokens`,
  );
}

// %% [markdown]
/*
## From probabilities to text

So short a training makes no writer. `intern` is the same kind of model, larger, and trained for much longer:
take it as the checkpoint of a longer run. What does it think comes next?
*/

// %% the next token, by the checkpoint
const intern = await AutoModelForCausalLM.fromPretrained(assetPath("intern"));
const beginning =
  "Dx: Community-acquired pneumonia (CAP)\nHPI: 58 yo M with HTN came in with 3 days of fever and";
const nextLogits = (() => {
  const { logits } = intern.forward({ inputIds: [tokenizer.encode(beginning)] }); // [1, T, V]
  const all = [...logits.dataSync()];
  logits.dispose();
  return all.slice(-intern.config.vocabSize); // the last position
})();
const order = nextLogits.map((_, token) => token).sort((a, b) => nextLogits[b]! - nextLogits[a]!);
console.log(
  order
    .slice(0, 8)
    .map((token) => JSON.stringify(tokenizer.decode([token])))
    .join(" "),
);

// %% exercise id=temperature title="Temperature" difficulty=2 importance=4 minutes=10 hint="softmax(logits / T). Take the largest away first, as in notebook 03." hint="At 0 there is no division: all probability is on the largest logit, the first of equals."
/*
Complete `atTemperature`: the probabilities softmax(logits / *T*). At *T* = 0 they are the limit, **greedy**: 1
for the largest logit, the first one of equals, and 0 elsewhere. A negative *T*, or one that is no number, is a
`RangeError`. You should see five check marks below.
*/
/** Probabilities [V] of logits [V] at a temperature; greedy at 0. */
function atTemperature(logits: readonly number[], temperature: number): number[] {
  // BEGIN SOLUTION
  if (!(temperature >= 0)) throw new RangeError(`The temperature is ${temperature}, and must be 0 or more`);
  const largest = Math.max(...logits);
  const winner = logits.indexOf(largest);
  if (temperature === 0) return logits.map((_, token) => (token === winner ? 1 : 0));
  const powers = logits.map((logit) => Math.exp((logit - largest) / temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
  // END SOLUTION
}

// %% tests points=2
checkClose("at 1, the softmax", atTemperature([2, 1, 0], 1), [0.66524096, 0.24472847, 0.09003057]);
checkClose("at 2, flatter", atTemperature([2, 1, 0], 2), [0.50648039, 0.30719589, 0.18632372]);
checkEqual("at 0, greedy", atTemperature([1, 3, 3, 0], 0), [0, 1, 0, 0]);
checkClose("near 0, nearly greedy, and finite", atTemperature([1, 3, 2, 0], 0.001), [0, 1, 0, 0]);
const refusal = (temperature: number) => {
  try {
    return String(atTemperature([1, 2], temperature));
  } catch (error) {
    return (error as Error).name;
  }
};
checkEqual("below 0 is refused", [refusal(-1), refusal(Number.NaN)], ["RangeError", "RangeError"]);
// BEGIN HIDDEN TESTS: large logits
checkClose("hidden: large logits", atTemperature([1000, 999], 0.5), [0.88079708, 0.11920292]);
// END HIDDEN TESTS

// %% mutant title="multiplies" caught="at 2, flatter"
/*
  if (!(temperature >= 0)) throw new RangeError("temperature");
  const powers = logits.map((logit) => Math.exp((logit - Math.max(...logits)) * temperature));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
*/

// %% mutant title="divides by zero" caught="at 0, greedy"
/*
  if (!(temperature >= 0)) throw new RangeError("temperature");
  const powers = logits.map((logit) => Math.exp((logit - Math.max(...logits)) / temperature));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
*/

// %% mutant title="shares the win among equals" caught="at 0, greedy"
/*
  if (!(temperature >= 0)) throw new RangeError("temperature");
  const powers = logits.map((logit) => Math.exp((logit - Math.max(...logits)) / Math.max(temperature, 1e-9)));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
*/

// %% mutant title="overflows" caught="near 0, nearly greedy, and finite"
/*
  if (!(temperature >= 0)) throw new RangeError("temperature");
  if (temperature === 0) return logits.map((_, token) => (token === logits.indexOf(Math.max(...logits)) ? 1 : 0));
  const powers = logits.map((logit) => Math.exp(logit / temperature));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
*/

// %% mutant title="takes any temperature" caught="below 0 is refused"
/*
  const largest = Math.max(...logits);
  if (temperature === 0) return logits.map((_, token) => (token === logits.indexOf(largest) ? 1 : 0));
  const powers = logits.map((logit) => Math.exp((logit - largest) / temperature));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
*/

// %% three temperatures
const largestLogit = Math.max(...nextLogits);
const softened = [0.5, 1, 2].map((temperature) => {
  const powers = nextLogits.map((logit) => Math.exp((logit - largestLogit) / temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return { temperature, probabilities: powers.map((power) => power / total) };
});
const top = order.slice(0, 6);
groupedBarChart(
  top.map((token) => tokenizer.decode([token])),
  softened.map(({ temperature, probabilities }) => ({
    name: `T = ${temperature}`,
    values: top.map((token) => probabilities[token]!),
  })),
  { title: "The six likeliest next tokens", xLabel: "token", yLabel: "probability" },
);

// %% [markdown]
/*
A high temperature has a price that the bars do not show. There are thousands of tokens, most of them nonsense here, each
with a little probability. Together:
*/

// %% the tail
const tailOf = (probabilities: readonly number[]) =>
  order.slice(20).reduce((sum, token) => sum + probabilities[token]!, 0);
for (const { temperature, probabilities } of softened) {
  console.log(
    `T = ${temperature}: ${(100 * tailOf(probabilities)).toFixed(1)} % for all but the first twenty tokens`,
  );
}

// %% [markdown]
/*
So one cuts the tail off before drawing. **Top-k** keeps the *k* likeliest, whatever they are. **Top-p**
(Holtzman et al., 2020) keeps as many as are needed for a share *p* of the probability: few when the model is
sure, many when it is not.
*/

// %% exercise id=top-p title="The nucleus" difficulty=3 importance=4 minutes=12 hint="Sort token numbers by probability, the largest first; a stable sort keeps equals in their order." hint="Take tokens until their sum has reached p. The token that crosses the line belongs to the set." hint="Sums like 0.1 + 0.2 are not exact; allow 1e-12, so that 0.3 counts as reached."
/*
Complete `nucleus`: the token numbers of the **smallest** set of likeliest tokens whose probabilities add up to
at least *p*, the likeliest first, equals in the order of their numbers. There is always at least one. You
should see five check marks below.
*/
/** The likeliest tokens whose probabilities reach p, likeliest first. */
function nucleus(probabilities: readonly number[], p: number): number[] {
  // BEGIN SOLUTION
  const sorted = probabilities.map((_, token) => token).sort((a, b) => probabilities[b]! - probabilities[a]!);
  const kept: number[] = [];
  let reached = 0;
  for (const token of sorted) {
    if (kept.length > 0 && reached >= p - 1e-12) break;
    kept.push(token);
    reached += probabilities[token]!;
  }
  return kept;
  // END SOLUTION
}

// %% tests points=3
const distribution = [0.05, 0.5, 0.1, 0.3, 0.05];
checkEqual("the one that crosses belongs to it", nucleus(distribution, 0.7), [1, 3]);
checkEqual("exactly reached is enough", nucleus(distribution, 0.8), [1, 3]);
checkEqual("at least one", nucleus(distribution, 0), [1]);
checkEqual("all of it", nucleus(distribution, 1), [1, 3, 2, 0, 4]);
checkEqual("half of four equals", nucleus([0.25, 0.25, 0.25, 0.25], 0.5), [0, 1]);
// BEGIN HIDDEN TESTS: rounding, a sure model, a flat one
checkEqual("hidden: rounding", nucleus([0.1, 0.2, 0.7], 0.9), [2, 1]);
checkEqual("hidden: sure", nucleus([0.001, 0.998, 0.001], 0.9), [1]);
const flat = new Array<number>(10).fill(0.1);
checkEqual("hidden: flat", nucleus(flat, 0.3), [0, 1, 2]);
// END HIDDEN TESTS

// %% mutant title="leaves out the one that crosses" caught="the one that crosses belongs to it"
/*
  const sorted = probabilities.map((_, token) => token).sort((a, b) => probabilities[b]! - probabilities[a]!);
  let reached = 0;
  const kept = sorted.filter((token) => (reached += probabilities[token]!) <= p + 1e-12);
  return kept.length > 0 ? kept : [sorted[0]!];
*/

// %% mutant title="one more than needed" caught="exactly reached is enough"
/*
  const sorted = probabilities.map((_, token) => token).sort((a, b) => probabilities[b]! - probabilities[a]!);
  let reached = 0;
  return sorted.filter((token) => {
    const keep = reached <= p + 1e-12;
    reached += probabilities[token]!;
    return keep;
  });
*/

// %% mutant title="may be empty" caught="at least one"
/*
  const sorted = probabilities.map((_, token) => token).sort((a, b) => probabilities[b]! - probabilities[a]!);
  let reached = 0;
  return sorted.filter((token) => {
    const keep = reached < p - 1e-12;
    reached += probabilities[token]!;
    return keep;
  });
*/

// %% mutant title="in the order of the vocabulary" caught="the one that crosses belongs to it"
/*
  let reached = 0;
  const kept: number[] = [];
  for (const [token, probability] of probabilities.entries()) {
    if (kept.length > 0 && reached >= p - 1e-12) break;
    kept.push(token);
    reached += probability;
  }
  return kept;
*/

// %% mutant title="trusts sums to be exact" caught="hidden: rounding"
/*
  const sorted = probabilities.map((_, token) => token).sort((a, b) => probabilities[b]! - probabilities[a]!);
  const kept: number[] = [];
  for (const token of sorted) {
    const reached = kept.reduce((sum, one) => sum + probabilities[one]!, 0);
    if (kept.length > 0 && reached >= p) break;
    kept.push(token);
  }
  return kept;
*/

// %% how many tokens does each rule keep here?
const atOne = softened[1]!.probabilities;
for (const p of [0.5, 0.9, 0.99]) {
  let [count, reached] = [0, 0];
  while (reached < p) reached += atOne[order[count++]!]!;
  console.log(`top-p ${p}: ${count} tokens; top-k 5: always 5`);
}

// %% [markdown]
/*
## Let it write

The same beginning, four ways. Greedy is the same every time; the others depend on the seed.
*/

// %% four continuations output=varies
const ways = {
  greedy: {},
  "T = 1.5, no cut": { doSample: true, temperature: 1.5, topK: 0 },
  "top-k 5": { doSample: true, topK: 5 },
  "top-p 0.9": { doSample: true, topK: 0, topP: 0.9 },
};
for (const [name, options] of Object.entries(ways)) {
  const [text] = await generateText(intern, tokenizer, [beginning], {
    maxNewTokens: 32,
    seed: 5,
    ...options,
  });
  console.log(`${name}:\n${beginning.split("\n")[1]!}█${text!}\n`);
}

// %% [markdown]
/*
A **seed** fixes the draws: the same seed, the same text. Write it down with every text that you show.
*/

// %% the same seed twice, and another
const drawn = (seed: number) =>
  generateText(intern, tokenizer, [beginning], { maxNewTokens: 12, doSample: true, topK: 20, seed });
const [once, twice, other] = [(await drawn(1))[0], (await drawn(1))[0], (await drawn(2))[0]];
console.log("seed 1 twice:", once === twice, "  seed 2:", other === once);

// %% [markdown]
/*
When does it end? A model has no sense of length. It stops when it draws the **end-of-text token**, or at a limit that
you set. `intern` has learnt to put that token behind a note and the questions about it, so further down it may go on with
“Q:”. A model that was never trained on that token runs to the limit each time; notebook 07 makes that mistake on purpose.

A **stop string** ends a text when it appears, whatever the model would say next: here the end of the line.
*/

// %% stop at the end of the line output=varies
const stopped = { maxNewTokens: 60, stopStrings: "\n" };
console.log(JSON.stringify((await generateText(intern, tokenizer, [beginning], stopped))[0]));

// %% [markdown]
/*
The talk's notebook asks for `temperature=0.` while sampling stays off. Here such a setting is an error, since
it does nothing:
*/

// %% a setting that would do nothing
try {
  await generateText(intern, tokenizer, [beginning], { maxNewTokens: 4, temperature: 0 });
} catch (error) {
  console.log((error as Error).message);
}

// %% where texts end output=varies
const whole = await generateText(intern, tokenizer, ["DISCHARGE SUMMARY\nName: N/A\n"], {
  maxNewTokens: 480,
});
console.log(
  `${tokenizer.encode(whole[0]!).length} tokens of at most 480, and the end:\n…${whole[0]!.slice(-120)}`,
);

// %% how long are the notes themselves?
const lengths = notes.slice(0, 400).map(({ note }) => tokenizer.encode(note).length);
const buckets = [240, 280, 320, 360, 400, 440];
const shares = buckets.map(
  (low) => [`${low}–${low + 39}`, lengths.filter((n) => n >= low && n < low + 40).length] as const,
);
barChart(Object.fromEntries(shares), { title: "Tokens in a note", xLabel: "tokens", yLabel: "notes" });

// %% [markdown]
/*
## What you can now do

- Make a step of **AdamW**, correction and decay included.
- Write a **schedule**, and a **training loop** that leaves no tensor behind.
- Tell **learning from remembering** by two lines.
- Shape a distribution by **temperature**, **top-k** and **top-p**, and say where a text ends.

## Check yourself

Choose an answer, then open it.
*/

// %% [markdown]
/*
**1. Why does Adam divide by the root of the variance?**

<details><summary>So that each weight's step is about the learning rate.</summary>Yes. Steep and flat directions
move alike.</details>
<details><summary>So that the loss cannot rise.</summary>No. It can; a rate that is too large still
fails.</details>
<details><summary>To save memory.</summary>No. It costs one more number a weight.</details>
*/

// %% [markdown]
/*
**2. Training loss 0.03, validation loss 6.9. What happened?**

<details><summary>The learning rate was too small.</summary>No. Then the training loss would be high,
too.</details>
<details><summary>The model has remembered its rows.</summary>Yes. More data, or an earlier stop, would
help.</details>
<details><summary>The validation set is broken.</summary>Perhaps, but look at the number of training rows
first.</details>
*/

// %% [markdown]
/*
**3. At temperature 0 the probabilities are …**

<details><summary>all equal.</summary>No. That is the limit of a very high temperature.</details>
<details><summary>those of the softmax.</summary>No. That is temperature 1.</details>
<details><summary>1 for the likeliest token.</summary>Yes. The colder, the more of the probability it takes; the limit is
greedy choice.</details>
*/

// %% [markdown]
/*
**4. A model is very sure of the next token. Which rule keeps fewer tokens, top-k 50 or top-p 0.9?**

<details><summary>top-k 50</summary>No. It keeps fifty, sure or not.</details>
<details><summary>top-p 0.9</summary>Yes. One token may already hold nine tenths.</details>
<details><summary>both the same</summary>No. Only top-p looks at the probabilities.</details>
*/

// %% [markdown]
/*
**5. What is warm-up for?**

<details><summary>The processor must reach its temperature.</summary>No. Only the name says so.</details>
<details><summary>Early steps rest on few gradients, so they should be small.</summary>Yes. Mean and variance
are rough guesses at first.</details>
<details><summary>It makes the run shorter.</summary>No. It spends some steps at a low rate.</details>
*/

// %% [markdown]
/*
**Glossary.** *Optimiser*: turns gradients into steps. *Moments*: Adam's running mean and variance. *Weight
decay*: a pull towards zero. *Warm-up*: the steps in which the rate rises. *Validation*: rows that nothing is
learnt from. *Overfitting*: remembering in place of learning. *Greedy*: always the likeliest token. *Nucleus*:
the tokens that top-p keeps.

**Stretch.** Train on 8, 40, 200 and all rows for 120 steps, and draw the best validation loss against the
number of rows on a logarithmic axis. How many rows would a loss of 5 need?
*/
