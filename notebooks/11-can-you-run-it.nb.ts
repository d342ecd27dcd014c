/**
 * Notebook 11: how much memory a model needs, worked out before it is loaded and checked by measuring.
 *
 * title: Can you run it?
 * goal: say how many bytes a model takes before you load it
 * goal: explain the rule of 6 to 16 bytes a parameter, and why phi-2 does not fit a T4 by it
 * goal: add what the rule leaves out: activations, logits, the key/value cache
 * goal: choose between full fine-tuning, LoRA and QLoRA by arithmetic, and check a prediction by measuring
 * reading: 35 minutes
 * running: 15 seconds
 * memory: 0.4 GB
 * needs: what AdamW keeps (notebook 05), what attention does (notebook 04)
 * graded: four exercises, 14 points
 * previous: 10, the Asclepius pipeline
 * next: 12, LoRA
 */

// %% [markdown]
/*
“CUDA out of memory” is the error that most people meet first when they fine-tune. The usual answer is to try
again with a smaller number. We shall do better: predict the memory with a pencil, and buy or borrow the right
machine once.

Our example is that of the talk: phi-2, with 2.7 billion parameters, on the free GPU of Colab, a T4.
*/

// %% setup id=setup
import { setBackend as startBackend } from "residency";
import { cpuMemory as memoryNow, resetCpuPeak as forgetPeak } from "residency/backends/cpu";
import { checkClose, checkEqual, checkSameType } from "residency/exercise";
import { initializeWeights as drawWeights, modelFromConfig as buildModel } from "residency/models";
import { parameterCount as countParameters } from "residency/models";
import { AdamW as Adam } from "residency/optim";
import { valueAndGradients as gradientsOf } from "residency/train";

// %% import the estimates and the charts
import { canItRunLlm, canYouRunIt, estimateMemory, formatBytes, formatLedger } from "residency/memory";
import { groupedBarChart, lineChart } from "residency/viz";

// %% [markdown]
/*
## A parameter is a number, and a number is bytes

A **dtype** says how a number is stored. Half the bits, half the memory; the price is precision.
*/

// %% bytes of one number
const bytesPerElement = { float32: 4, bfloat16: 2, float16: 2, nf4: 0.5 } as const;
type Dtype = keyof typeof bytesPerElement;
const phi2Parameters = 2.7e9;
for (const [dtype, bytes] of Object.entries(bytesPerElement)) {
  console.log(`${dtype.padEnd(8)} ${bytes} bytes a number   phi-2: ${(phi2Parameters * bytes) / 1e9} GB`);
}

// %% [markdown]
/*
One trap before we go on. A GB in an advertisement is 10⁹ bytes; what `nvidia-smi` and PyTorch show as GB or GiB
is 1024³ bytes, seven per cent more. We write GB for the first and GiB for the second.
*/

// %% the same bytes in two units
const weightBytes = phi2Parameters * bytesPerElement.bfloat16;
console.log(`${weightBytes / 1e9} GB = ${formatBytes(weightBytes)}`);

// %% [markdown]
/*
## The wrong conclusion

The T4 is sold with 16 GB. The weights take 5.4 GB in bfloat16. So there is room to spare?
*/

// %% compare the weights alone with the T4
const t4Bytes = 16e9;
console.log("weights fit:", weightBytes < t4Bytes, "  left:", (t4Bytes - weightBytes) / 1e9, "GB");

// %% [markdown]
/*
For *reading* text with the model, yes. Training keeps more. For every parameter there is a **gradient**: which
way, and how steeply. And the **optimiser** remembers things between steps: Adam keeps a running mean of the
gradients and a running mean of their squares, two more numbers a parameter.
*/

// %% bytes that an optimiser keeps for each trained parameter
const optimizerBytes = {
  sgd: 0, // remembers nothing
  adamw_8bit: 2, // two moments of one byte each
  adamw: 8, // two moments in float32
  adamw_mixed: 12, // the same, and a float32 copy of weights that are kept in half precision
} as const;
type OptimizerName = keyof typeof optimizerBytes;
optimizerBytes;

// %% [markdown]
/*
Weights in half precision take 2 bytes, their gradients 2, the optimiser 2 to 12. That is the talk's rule: **6
to 16 bytes a parameter**. With *x* billion parameters it is 6*x* to 16*x* GB.
*/

// %% the talk's table for phi-2
for (const optimizer of ["adamw_8bit", "adamw", "adamw_mixed"] as const) {
  const each = 2 + 2 + optimizerBytes[optimizer];
  const total = (each * phi2Parameters) / 1e9;
  console.log(
    `2 + 2 + ${optimizerBytes[optimizer]} = ${each} bytes: ${total.toFixed(1)} GB, more than 16: ${total > 16}`,
  );
}

// %% [markdown]
/*
Even the cheapest line, 2.7 · 6 = 16.2 GB, is more than the T4 has. A model that the GPU could run with two
thirds of its memory free cannot be trained on it.
*/

// %% draw where the bytes go
const recipeNames = ["8-bit Adam", "Adam", "Adam and float32 copy"];
groupedBarChart(
  recipeNames,
  [
    { name: "weights", values: recipeNames.map(() => (2 * phi2Parameters) / 1e9) },
    { name: "gradients", values: recipeNames.map(() => (2 * phi2Parameters) / 1e9) },
    { name: "optimiser", values: [2, 8, 12].map((bytes) => (bytes * phi2Parameters) / 1e9) },
  ],
  { title: "phi-2, full fine-tuning", xLabel: "", yLabel: "GB" },
);

// %% [markdown]
/*
## Train less: LoRA and QLoRA

Look at the bars: most of it is there because *every* weight is trained. **LoRA** (notebook 12) freezes the
model and trains a small adapter beside it. A frozen weight has no gradient and no moments. **QLoRA**
(notebook 13) also packs the frozen weights into 4 bits.
*/

// %% what a recipe says
interface TrainingRecipe {
  method: "full" | "lora" | "qlora";
  /** How the model's own weights are stored. */
  dtype: Dtype;
  optimizer: OptimizerName;
  /** Parameters of the adapter; full fine-tuning has none. */
  adapterParameters?: number;
}

// %% exercise id=training-bytes title="The calculator" difficulty=2 importance=5 minutes=10 hint="Which numbers are trained? In full fine-tuning all `parameters`, with LoRA and QLoRA the adapter's alone." hint="Full: every parameter has a weight and a gradient in `dtype`, and the optimiser's bytes. Else: every parameter has a weight in `dtype` and nothing more." hint="An adapter's parameter costs 4 + 4 + the optimiser's bytes; `recipe.adapterParameters ?? 0` of them."
/*
Complete `trainingBytes`: the bytes of weights, gradients and optimiser state.

- `"full"`: weights and gradients in `dtype`, and the optimiser's state, for all parameters.
- `"lora"` and `"qlora"`: the model's weights in `dtype`, frozen. On top, the adapter: weights and gradients in
  **float32** whatever `dtype` is, as PEFT keeps them, and the optimiser's state.

You should see four check marks below.
*/
/** Bytes of weights, gradients and optimiser state of a model of `parameters` under a recipe. */
function trainingBytes(parameters: number, recipe: TrainingRecipe): number {
  // BEGIN SOLUTION
  const weights = parameters * bytesPerElement[recipe.dtype];
  const state = optimizerBytes[recipe.optimizer];
  if (recipe.method === "full") return 2 * weights + parameters * state;
  return weights + (recipe.adapterParameters ?? 0) * (4 + 4 + state);
  // END SOLUTION
}

// %% tests points=4
checkEqual(
  "phi-2 in full, 8-bit Adam: more than a T4 has",
  trainingBytes(2.7e9, { method: "full", dtype: "bfloat16", optimizer: "adamw_8bit" }),
  16.2e9,
);
checkEqual(
  "phi-2 in full, mixed precision",
  trainingBytes(2.7e9, { method: "full", dtype: "bfloat16", optimizer: "adamw_mixed" }),
  43.2e9,
);
const adapterOfPhi2 = { optimizer: "adamw", adapterParameters: 23_592_960 } as const;
checkEqual(
  "phi-2 with LoRA",
  trainingBytes(2.7e9, { method: "lora", dtype: "bfloat16", ...adapterOfPhi2 }),
  5_777_487_360,
);
checkEqual(
  "phi-2 with QLoRA",
  trainingBytes(2.7e9, { method: "qlora", dtype: "nf4", ...adapterOfPhi2 }),
  1_727_487_360,
);
// BEGIN HIDDEN TESTS: other dtypes, other optimisers, no adapter
checkEqual("hidden: SGD", trainingBytes(1000, { method: "full", dtype: "float32", optimizer: "sgd" }), 8000);
const float32Lora = { method: "lora", dtype: "float32", optimizer: "sgd", adapterParameters: 10 } as const;
checkEqual("hidden: LoRA on float32", trainingBytes(1000, float32Lora), 4080);
checkEqual("hidden: an adapter of nothing", trainingBytes(8, { ...float32Lora, adapterParameters: 0 }), 32);
// END HIDDEN TESTS

// %% mutant title="no gradients" caught="phi-2 in full, 8-bit Adam"
/*
  const weights = parameters * bytesPerElement[recipe.dtype];
  const state = optimizerBytes[recipe.optimizer];
  if (recipe.method === "full") return weights + parameters * state;
  return weights + (recipe.adapterParameters ?? 0) * (4 + 4 + state);
*/

// %% mutant title="LoRA has moments of every weight" caught="phi-2 with LoRA"
/*
  const weights = parameters * bytesPerElement[recipe.dtype];
  const state = optimizerBytes[recipe.optimizer];
  if (recipe.method === "full") return 2 * weights + parameters * state;
  return weights + parameters * state + (recipe.adapterParameters ?? 0) * 8;
*/

// %% mutant title="the adapter in the model's dtype" caught="phi-2 with LoRA"
/*
  const each = bytesPerElement[recipe.dtype];
  const state = optimizerBytes[recipe.optimizer];
  if (recipe.method === "full") return parameters * (2 * each + state);
  return parameters * each + (recipe.adapterParameters ?? 0) * (2 * each + state);
*/

// %% mutant title="the optimiser is always Adam" caught="phi-2 in full, 8-bit Adam"
/*
  const weights = parameters * bytesPerElement[recipe.dtype];
  if (recipe.method === "full") return 2 * weights + parameters * 8;
  return weights + (recipe.adapterParameters ?? 0) * 16;
*/

// %% mutant title="half precision everywhere" caught="phi-2 with QLoRA"
/*
  const state = optimizerBytes[recipe.optimizer];
  if (recipe.method === "full") return parameters * (4 + state);
  return parameters * 2 + (recipe.adapterParameters ?? 0) * (4 + 4 + state);
*/

// %% [markdown]
/*
## A recipe that cannot be nonsense

`TrainingRecipe` is too friendly. Here is a recipe for training 4-bit weights in full, with an adapter. Both are
impossible: a step of Adam is far smaller than the gap between two 4-bit values. The compiler does not mind.
*/

// %% nonsense that compiles
const nonsense: TrainingRecipe = {
  method: "full",
  dtype: "nf4",
  optimizer: "adamw",
  adapterParameters: 1000,
};
nonsense;

// %% exercise id=recipe-type title="Let the compiler say no" difficulty=3 importance=3 minutes=10 hint="A union of three shapes, one a method: `{ method: \"full\"; … } | { method: \"lora\"; … } | …`." hint="`Exclude<Dtype, \"nf4\">` is every dtype but that one."
/*
Complete the type `Recipe`, so that nonsense does not compile:

- `"full"`: any dtype but `"nf4"`, an optimiser, and no `adapterParameters`;
- `"lora"`: any dtype but `"nf4"`, an optimiser, and `adapterParameters: number`;
- `"qlora"`: the dtype `"nf4"` and no other, an optimiser, and `adapterParameters: number`.

You should see three check marks below. Lines behind `@ts-expect-error` are those that must not compile.
*/
/** How a model is trained; a combination that makes no sense is no value of this type. */
type Recipe =
  // BEGIN SOLUTION: unknown;
  | { method: "full"; dtype: Exclude<Dtype, "nf4">; optimizer: OptimizerName }
  | { method: "lora"; dtype: Exclude<Dtype, "nf4">; optimizer: OptimizerName; adapterParameters: number }
  | { method: "qlora"; dtype: "nf4"; optimizer: OptimizerName; adapterParameters: number };
// END SOLUTION

// %% tests points=3
checkSameType<"full" | "lora" | "qlora", Recipe["method"]>("three methods");
checkSameType<OptimizerName, Recipe["optimizer"]>("every optimiser");
({ method: "qlora", dtype: "nf4", optimizer: "adamw", adapterParameters: 8 }) satisfies Recipe;
({ method: "lora", dtype: "float32", optimizer: "adamw", adapterParameters: 8 }) satisfies Recipe;
({ method: "full", dtype: "bfloat16", optimizer: "adamw_8bit" }) satisfies Recipe;
// @ts-expect-error: a step is smaller than the gap between two 4-bit values
({ method: "full", dtype: "nf4", optimizer: "sgd" }) satisfies Recipe;
// @ts-expect-error: full training has no adapter
({ method: "full", dtype: "bfloat16", optimizer: "sgd", adapterParameters: 1 }) satisfies Recipe;
// @ts-expect-error: LoRA must say how large its adapter is
({ method: "lora", dtype: "bfloat16", optimizer: "sgd" }) satisfies Recipe;
// @ts-expect-error: what is not in 4 bits is LoRA, not QLoRA
({ method: "qlora", dtype: "bfloat16", optimizer: "sgd", adapterParameters: 1 }) satisfies Recipe;
checkEqual("nonsense does not compile", true, true);
// BEGIN HIDDEN TESTS: the other two, and every dtype that makes sense
checkSameType<Exclude<Dtype, "nf4">, Extract<Recipe, { method: "full" }>["dtype"]>("hidden: full, any dtype");
checkSameType<Exclude<Dtype, "nf4">, Extract<Recipe, { method: "lora" }>["dtype"]>("hidden: LoRA, any dtype");
// @ts-expect-error: hidden: QLoRA must say how large its adapter is
({ method: "qlora", dtype: "nf4", optimizer: "sgd" }) satisfies Recipe;
// @ts-expect-error: hidden: LoRA on packed weights is QLoRA
({ method: "lora", dtype: "nf4", optimizer: "sgd", adapterParameters: 1 }) satisfies Recipe;
// END HIDDEN TESTS

// %% mutant title="full training in 4 bits" caught="Unused '@ts-expect-error' directive"
/*
  | { method: "full"; dtype: Dtype; optimizer: OptimizerName }
  | { method: "lora"; dtype: Exclude<Dtype, "nf4">; optimizer: OptimizerName; adapterParameters: number }
  | { method: "qlora"; dtype: "nf4"; optimizer: OptimizerName; adapterParameters: number };
*/

// %% mutant title="QLoRA in any dtype" caught="Unused '@ts-expect-error' directive"
/*
  | { method: "full"; dtype: Exclude<Dtype, "nf4">; optimizer: OptimizerName }
  | { method: "lora"; dtype: Exclude<Dtype, "nf4">; optimizer: OptimizerName; adapterParameters: number }
  | { method: "qlora"; dtype: Dtype; optimizer: OptimizerName; adapterParameters: number };
*/

// %% mutant title="full training in float32 alone" caught="not assignable to type '\"float32\"'"
/*
  | { method: "full"; dtype: "float32"; optimizer: OptimizerName }
  | { method: "lora"; dtype: Exclude<Dtype, "nf4">; optimizer: OptimizerName; adapterParameters: number }
  | { method: "qlora"; dtype: "nf4"; optimizer: OptimizerName; adapterParameters: number };
*/

// %% mutant title="LoRA on float32 alone" caught="TypeMismatch"
/*
  | { method: "full"; dtype: Exclude<Dtype, "nf4">; optimizer: OptimizerName }
  | { method: "lora"; dtype: "float32"; optimizer: OptimizerName; adapterParameters: number }
  | { method: "qlora"; dtype: "nf4"; optimizer: OptimizerName; adapterParameters: number };
*/

// %% mutant title="an optional adapter" caught="Unused '@ts-expect-error' directive"
/*
  | { method: "full"; dtype: Exclude<Dtype, "nf4">; optimizer: OptimizerName }
  | { method: "lora"; dtype: Exclude<Dtype, "nf4">; optimizer: OptimizerName; adapterParameters?: number }
  | { method: "qlora"; dtype: "nf4"; optimizer: OptimizerName; adapterParameters?: number };
*/

// %% mutant title="full training with an adapter" caught="Unused '@ts-expect-error' directive"
/*
  | { method: "full"; dtype: Exclude<Dtype, "nf4">; optimizer: OptimizerName; adapterParameters?: number }
  | { method: "lora"; dtype: Exclude<Dtype, "nf4">; optimizer: OptimizerName; adapterParameters: number }
  | { method: "qlora"; dtype: "nf4"; optimizer: OptimizerName; adapterParameters: number };
*/

// %% [markdown]
/*
## The part that the rule calls “alpha”: activations

The talk says “6 to 16*x* GB **+ alpha**”. Alpha is what the forward pass leaves behind for the backward pass.
It grows with the text, not with the model alone: Korthikanti et al. (2022) count *s·b·h* (34 + 5 *a·s/h*) bytes
a layer, for *s* tokens, *b* rows, width *h* and *a* heads.
*/

// %% the formula, for the 32 layers of phi-2
function activationBytes(batch: number, seq: number, bytesPerValue = 34, scores = true): number {
  const { layers, hidden, heads } = { layers: 32, hidden: 2560, heads: 32 };
  return layers * seq * batch * hidden * (bytesPerValue + (scores ? (5 * heads * seq) / hidden : 0));
}
for (const seq of [256, 512, 1024, 2048]) {
  console.log(
    `2 rows of ${String(seq).padStart(4)} tokens: ${formatBytes(activationBytes(2, seq)).padStart(8)}`,
  );
}

// %% [markdown]
/*
Twice the tokens, more than twice the memory. The reason is the term with *s²*: attention holds a score for
every pair of tokens. Kernels such as flash attention never store the scores, and the term is gone.

**Gradient checkpointing** goes further. It keeps the input of each layer alone, 2 bytes a value, and computes
the rest again when the backward pass gets there.
*/

// %% draw three ways to hold activations
const seqs = [128, 256, 512, 1024, 1536, 2048];
const curve = (name: string, bytesOf: (seq: number) => number) => ({
  name,
  x: seqs,
  y: seqs.map((seq) => bytesOf(seq) / 1024 ** 3),
});
lineChart(
  [
    curve("all kept", (seq) => activationBytes(2, seq)),
    curve("no scores (flash attention)", (seq) => activationBytes(2, seq, 34, false)),
    curve("checkpointing", (seq) => activationBytes(2, seq, 2, false)),
  ],
  { title: "Activations of phi-2, two rows", xLabel: "tokens a row", yLabel: "GiB" },
);

// %% [markdown]
/*
Nothing is free: the forward pass runs twice. A forward pass costs about 2 floating-point operations a parameter
and token, a backward pass 4. So a step costs 8 in place of 6.
*/

// %% the price of checkpointing
console.log(`${(((2 + 2 + 4) / (2 + 4) - 1) * 100).toFixed(0)} % more arithmetic a step`);

// %% [markdown]
/*
## The last layer is wide

One activation deserves a line of its own. The **logits** hold a number for every token of the vocabulary, at
every position, and the loss is taken in float32. phi-2 has 51,200 columns.
*/

// %% the logits of two rows of 512 tokens
const logitBytes = 2 * 512 * 51_200 * 4;
console.log(`${formatBytes(logitBytes)} for one copy; with its gradient ${formatBytes(2 * logitBytes)}`);

// %% [markdown]
/*
With Llama 3's 128,256 tokens this line is often the highest point of a whole step. Shorter rows, or computing
logits only where a label is trained on, bring it down.

## Generation: the key/value cache

Inference has no gradients, but it has a memory of its own: keys and values of all earlier tokens, in every
layer.
*/

// %% bytes of the cache
const cacheBytes = (layers: number, keyValueHeads: number, headDim: number) =>
  2 * layers * keyValueHeads * headDim * 2;
const caches = { "phi-2": cacheBytes(32, 32, 80), "Llama 3 8B": cacheBytes(32, 8, 128) };
for (const [name, bytes] of Object.entries(caches)) {
  console.log(
    `${name.padEnd(10)} ${formatBytes(bytes)} a token   ${formatBytes(bytes * 2048)} for 2,048 tokens`,
  );
}

// %% [markdown]
/*
The larger model has the smaller cache: in Llama 3 four query heads share one key and value head. That is
**grouped-query attention**, and the cache is why it was invented.

## How large may the batch be?

Weights and optimiser are there whatever we do. What is left over decides how many rows fit into a step.
*/

// %% exercise id=largest-batch title="The largest batch that fits" difficulty=3 importance=4 minutes=15 hint="First find a batch that is too large by doubling: 1, 2, 4, 8, …" hint="Then keep two numbers: the largest that is known to fit, and the smallest that is known not to. Look at their middle until they are neighbours." hint="If even one row does not fit, the answer is 0. Exactly full still fits."
/*
Complete `largestBatch`. `bytesOf(batch)` gives the bytes of a step with that many rows; it never falls when the
batch grows, but it need not be a straight line. Give the largest whole batch with
`bytesOf(batch) <= available`, and 0 when one row is too much.

Every call may mean a trial on a real GPU, so be sparing: at most 60 calls, even when the answer is in the
millions. You should see five check marks below.
*/
/** The largest batch whose step fits in `available` bytes; 0 when none does. */
function largestBatch(available: number, bytesOf: (batch: number) => number): number {
  // BEGIN SOLUTION
  if (bytesOf(1) > available) return 0;
  let fits = 1;
  let tooLarge = 2;
  while (bytesOf(tooLarge) <= available) {
    fits = tooLarge;
    tooLarge *= 2;
  }
  while (tooLarge - fits > 1) {
    const middle = Math.floor((fits + tooLarge) / 2);
    if (bytesOf(middle) <= available) fits = middle;
    else tooLarge = middle;
  }
  return fits;
  // END SOLUTION
}

// %% tests points=3
const line = (batch: number) => 100 + 30 * batch;
checkEqual("a straight line", largestBatch(1005, line), 30);
checkEqual("exactly full still fits", largestBatch(700, line), 20);
checkEqual("not even one row", largestBatch(100, line), 0);
let trials = 0;
const counted = (batch: number) => {
  trials += 1;
  return batch;
};
checkEqual("a batch of millions", largestBatch(3_000_000, counted), 3_000_000);
checkEqual("few trials", trials <= 60, true);
// BEGIN HIDDEN TESTS: curves, steps, and a batch of one
const blocks = (batch: number) => Math.ceil(batch / 8) * 512; // memory in whole blocks
const curved = (batch: number) => 50 + batch ** 2;
checkEqual("hidden: steps", largestBatch(1500, blocks), 16);
checkEqual("hidden: a curve", largestBatch(1e6, curved), 999);
checkEqual("hidden: one row", largestBatch(130, line), 1);
// END HIDDEN TESTS

// %% mutant title="full is too much" caught="exactly full still fits"
/*
  if (bytesOf(1) >= available) return 0;
  let [fits, tooLarge] = [1, 2];
  while (bytesOf(tooLarge) < available) [fits, tooLarge] = [tooLarge, tooLarge * 2];
  while (tooLarge - fits > 1) {
    const middle = Math.floor((fits + tooLarge) / 2);
    if (bytesOf(middle) < available) fits = middle;
    else tooLarge = middle;
  }
  return fits;
*/

// %% mutant title="divides by the bytes of one row" caught="a straight line"
/*
  return Math.floor(available / bytesOf(1));
*/

// %% mutant title="a straight line through two points" caught="hidden: steps"
/*
  if (bytesOf(1) > available) return 0;
  const slope = Math.max(1e-9, bytesOf(2) - bytesOf(1));
  return Math.min(3_000_000, Math.floor((available - (bytesOf(1) - slope)) / slope));
*/

// %% mutant title="powers of two alone" caught="a straight line"
/*
  let batch = 1;
  if (bytesOf(1) > available) return 0;
  while (bytesOf(batch * 2) <= available) batch *= 2;
  return batch;
*/

// %% mutant title="tries one after the other" caught="few trials"
/*
  let batch = 0;
  while (bytesOf(batch + 1) <= available) batch += 1;
  return batch;
*/

// %% mutant title="one row always fits" caught="not even one row"
/*
  let [fits, tooLarge] = [1, 2];
  while (bytesOf(tooLarge) <= available) [fits, tooLarge] = [tooLarge, tooLarge * 2];
  while (tooLarge - fits > 1) {
    const middle = Math.floor((fits + tooLarge) / 2);
    if (bytesOf(middle) <= available) fits = middle;
    else tooLarge = middle;
  }
  return fits;
*/

// %% [markdown]
/*
## Ask the library

All of this arithmetic is in the library, layer by layer, from a `config.json` alone. No weights are downloaded.
*/

// %% the config of phi-2
const phi2 = {
  model_type: "phi",
  architectures: ["PhiForCausalLM"],
  vocab_size: 51_200,
  hidden_size: 2560,
  intermediate_size: 10_240,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  partial_rotary_factor: 0.4,
};

// %% can a T4 run it?
const handsOn = { gpu: "T4", batch: 2, seq: 512, loraRank: 4, targetModules: ["fc1", "fc2"] };
for (const { summary } of canYouRunIt(phi2, handsOn)) console.log(`- ${summary}`);

// %% [markdown]
/*
“2.7 billion” hides 2.78, “16 GB” hides 14.6 GiB once the driver and CUDA have taken theirs, and alpha is not
small. Full training counts 2 + 2 + 4 bytes here: PyTorch's own Adam keeps its moments in the dtype of the weights.
Even 8-bit Adam with checkpointing does not make it.
*/

// %% full fine-tuning at its cheapest
const cheapest = canYouRunIt(phi2, {
  ...handsOn,
  method: "full",
  optimizer: "adamw_8bit",
  checkpointing: true,
});
console.log(cheapest[0]!.summary);

// %% where the bytes of QLoRA are
const qlora = canYouRunIt(phi2, { ...handsOn, method: "qlora" })[0]!;
console.log(formatLedger(qlora.estimate));

// %% [markdown]
/*
Look at who is largest now. With packed weights the **activations** lead, so here checkpointing pays, as the
talk's own configuration has it.
*/

// %% QLoRA with checkpointing
const checkpointed = canYouRunIt(phi2, { ...handsOn, method: "qlora", checkpointing: true })[0]!;
console.log(formatLedger(checkpointed.estimate));

// %% [markdown]
/*
The talk shows a web page with the question of our title. Its formulas are simpler than ours; here they are, in
GiB, so that you can see where the two agree.
*/

// %% the page's figures
const page = canItRunLlm(phi2, { dtype: "float16" });
console.log(`weights ${page.total.toFixed(2)}   inference ${page.inference.toFixed(2)}`);
console.log(`training with Adam ${page.trainingWithAdam.toFixed(2)}   LoRA ${page.lora.toFixed(2)}`);

// %% which GPU for which method?
const gpuNames = ["T4", "L4", "A100 40GB", "A100 80GB"];
for (const method of ["full", "lora", "qlora", "inference"] as const) {
  const answers = gpuNames.map((gpu) => {
    const { fits } = canYouRunIt(phi2, { ...handsOn, gpu, method })[0]!;
    return `${gpu} ${fits ? "yes" : "no"}`;
  });
  console.log(method.padEnd(9), answers.join("   "));
}

// %% [markdown]
/*
## Is any of this true?

An estimate that nobody has measured is an opinion. Our own engine counts every byte that it hands out, so we
can train a small model for three steps and look.
*/

// %% import what measuring needs
import { setBackend } from "residency";
import { cpuMemory, resetCpuPeak } from "residency/backends/cpu";
import { initializeWeights, modelFromConfig, parameterCount } from "residency/models";
import { AdamW } from "residency/optim";
import { valueAndGradients } from "residency/train";

// %% start the engine that counts its bytes output=varies
const engine = await setBackend("residency-cpu");
console.log(engine.name, "with", engine.reason);

// %% a small model
const small = {
  model_type: "llama",
  architectures: ["LlamaForCausalLM"],
  vocab_size: 1024,
  hidden_size: 128,
  intermediate_size: 352,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  tie_word_embeddings: true,
  eos_token_id: 0,
};
console.log(parameterCount(small).toLocaleString("en-US"), "parameters");

// %% measure the peak of a training step
function measurePeak(batch: number, seq: number): number {
  const before = cpuMemory()!.bytesInUse;
  const model = modelFromConfig(small);
  initializeWeights(model, { seed: 0, layers: small.num_hidden_layers });
  const parameters = new Map(model.root.namedParameters());
  const optimizer = new AdamW(parameters);
  const inputIds = Array.from({ length: batch }, (_, row) =>
    Array.from({ length: seq }, (_, place) => (7 * row + 13 * place) % small.vocab_size),
  );
  for (let step = 0; step < 3; step += 1) {
    resetCpuPeak(); // the first step has no moments yet, so the last one counts
    const loss = () => model.summedLoss({ inputIds, labels: inputIds }).sum;
    const { value, gradients } = valueAndGradients(loss, parameters);
    optimizer.step(gradients, 1e-3, 1 / (batch * seq));
    for (const tensor of [value, ...gradients.values()]) tensor.dispose();
  }
  const peak = cpuMemory()!.peakBytes - before;
  optimizer.dispose();
  model.root.dispose();
  return peak;
}

// %% the estimate beside the measurement
const batches = [1, 2, 4, 8];
const measured = batches.map((batch) => measurePeak(batch, 128));
const estimated = batches.map(
  (batch) => estimateMemory(small, { method: "full", batch, seq: 128 }).totalBytes,
);
batches.forEach((batch, index) => {
  const [real, guess] = [measured[index]!, estimated[index]!];
  const off = (Math.abs(guess / real - 1) * 100).toFixed(1);
  console.log(`batch ${batch}: measured ${formatBytes(real)}, estimated ${formatBytes(guess)}, ${off} % off`);
});

// %% draw both
const inMiB = (bytes: number) => bytes / 1024 ** 2;
lineChart(
  [
    { name: "measured", x: batches, y: measured.map(inMiB) },
    { name: "estimated", x: batches, y: estimated.map(inMiB) },
    { name: "16 bytes a parameter", x: batches, y: batches.map(() => inMiB(16 * parameterCount(small))) },
  ],
  { title: "A training step of a small model", xLabel: "rows of 128 tokens", yLabel: "MiB" },
);

// %% [markdown]
/*
The two lines lie on each other. The third, the rule alone, is the floor that they start from: in float32 it is
4 for the weight, 4 for the gradient and 8 for Adam. At eight rows it sees less than a third.
*/

// %% [markdown]
/*
The talk's notebook measures, too, but early: it prints
[`torch.cuda.memory_summary()`](https://docs.pytorch.org/docs/stable/generated/torch.cuda.memory.memory_summary.html) right
after loading. That is what PyTorch has handed out and keeps reserved, now and at most so far. Gradients, moments and
activations are not there yet, memory of CUDA itself never is, and nothing is predicted. Our engine at that moment:
*/

// %% a look right after loading, and the peak that comes
const beforeLoading = cpuMemory()!.bytesInUse;
const loaded = modelFromConfig(small);
initializeWeights(loaded, { seed: 0, layers: small.num_hidden_layers });
const afterLoading = cpuMemory()!.bytesInUse - beforeLoading;
console.log(`4 bytes a parameter: ${formatBytes(4 * parameterCount(small))}`);
console.log(`right after loading: ${formatBytes(afterLoading)}`);
console.log(`peak of a step with ${batches.at(-1)} rows: ${formatBytes(measured.at(-1)!)}`);
loaded.root.dispose();

// %% sizes of a Llama, under the names of its config.json
interface LlamaSizes {
  vocab_size: number;
  hidden_size: number;
  intermediate_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  num_key_value_heads: number;
  tie_word_embeddings: boolean;
}

// %% exercise id=predict title="Predict, then measure" difficulty=4 importance=4 minutes=20 hint="A layer: q and o are h × h; k and v are h × (h / heads · key-value heads); gate, up and down are h × intermediate each; two norms of h." hint="Around the layers: the embedding, vocabulary × h; one last norm of h; and the head, as large as the embedding, unless it is tied to it." hint="float32 and AdamW: 4 + 4 + 8 bytes a parameter."
/*
Complete `predictBytes`: the bytes of weights, gradients and AdamW's state when a Llama of these sizes is
trained in float32. There are no biases. A tied head is the embedding itself and counts once.

The tests count the parameters of three such models, then train a fourth on a handful of tokens and hold your
prediction against the measured peak: within a tenth. You should see three check marks, then one more.
*/
/** Bytes that a Llama takes while AdamW trains it in float32, without activations. */
function predictBytes(config: LlamaSizes): number {
  // BEGIN SOLUTION
  const { hidden_size: hidden, intermediate_size: inner, vocab_size: vocabulary } = config;
  const keyValue = (hidden / config.num_attention_heads) * config.num_key_value_heads;
  const layer = 2 * hidden * hidden + 2 * hidden * keyValue + 3 * hidden * inner + 2 * hidden;
  const embeddings = vocabulary * hidden * (config.tie_word_embeddings ? 1 : 2);
  return 16 * (config.num_hidden_layers * layer + embeddings + hidden);
  // END SOLUTION
}

// %% tests points=2
const tied = { num_attention_heads: 4, num_key_value_heads: 4, tie_word_embeddings: true };
const wide = { vocab_size: 2048, hidden_size: 128, intermediate_size: 256, num_hidden_layers: 2, ...tied };
const ofCount = (config: Parameters<typeof predictBytes>[0]) =>
  predictBytes(config) / (16 * countParameters({ ...config, model_type: "llama" }));
checkClose("a tied head", ofCount(wide), 1, 0.02);
checkClose("a head of its own", ofCount({ ...wide, tie_word_embeddings: false }), 1, 0.02);
checkClose("grouped queries", ofCount({ ...wide, vocab_size: 64, num_key_value_heads: 1 }), 1, 0.02);
// BEGIN HIDDEN TESTS: more layers, a wider feed-forward part, every last parameter
checkClose("hidden: layers", ofCount({ ...wide, vocab_size: 64, num_hidden_layers: 7 }), 1, 0.02);
checkClose("hidden: feed-forward", ofCount({ ...wide, vocab_size: 64, intermediate_size: 700 }), 1, 0.02);
checkClose("hidden: all parameters, norms too", ofCount({ ...wide, num_hidden_layers: 3 }), 1, 1e-9);
// END HIDDEN TESTS

// %% tests id=predict-measured points=2
async function shareOfPeak(config: Parameters<typeof predictBytes>[0]): Promise<number> {
  await startBackend("residency-cpu");
  const before = memoryNow()!.bytesInUse;
  const model = buildModel({ ...config, model_type: "llama", eos_token_id: 0 });
  drawWeights(model, { seed: 0, layers: config.num_hidden_layers });
  const parameters = new Map(model.root.namedParameters());
  const [optimizer, ids] = [new Adam(parameters), [[1, 2, 3, 4]]];
  for (let step = 0; step < 2; step += 1) {
    forgetPeak();
    const { gradients } = gradientsOf(() => model.summedLoss({ inputIds: ids, labels: ids }).sum, parameters);
    optimizer.step(gradients, 1e-3);
    for (const gradient of gradients.values()) gradient.dispose();
  }
  const peak = memoryNow()!.peakBytes - before;
  for (const part of [optimizer, model.root]) part.dispose();
  return predictBytes(config) / peak;
}
const deep = { vocab_size: 64, hidden_size: 128, intermediate_size: 352, num_hidden_layers: 4 };
const fourHeads = { num_attention_heads: 4, num_key_value_heads: 4, tie_word_embeddings: false };
checkClose("the measured peak", await shareOfPeak({ ...deep, ...fourHeads }), 1, 0.1);
// BEGIN HIDDEN TESTS: another model
const eightHeads = { num_attention_heads: 8, num_key_value_heads: 1, tie_word_embeddings: true };
checkClose("hidden: another peak", await shareOfPeak({ ...deep, ...eightHeads }), 1, 0.1);
// END HIDDEN TESTS

// %% mutant title="counts a tied head twice" caught="a tied head"
/*
  const { hidden_size: h, intermediate_size: inner, vocab_size: vocabulary } = config;
  const keyValue = (h / config.num_attention_heads) * config.num_key_value_heads;
  return 16 * (config.num_hidden_layers * (2 * h * h + 2 * h * keyValue + 3 * h * inner) + 2 * vocabulary * h);
*/

// %% mutant title="never counts the head" caught="a head of its own"
/*
  const { hidden_size: h, intermediate_size: inner, vocab_size: vocabulary } = config;
  const keyValue = (h / config.num_attention_heads) * config.num_key_value_heads;
  return 16 * (config.num_hidden_layers * (2 * h * h + 2 * h * keyValue + 3 * h * inner) + vocabulary * h);
*/

// %% mutant title="as many key and value heads as query heads" caught="grouped queries"
/*
  const { hidden_size: h, intermediate_size: inner, vocab_size: vocabulary } = config;
  const embeddings = vocabulary * h * (config.tie_word_embeddings ? 1 : 2);
  return 16 * (config.num_hidden_layers * (4 * h * h + 3 * h * inner) + embeddings);
*/

// %% mutant title="two matrices in the feed-forward part" caught="a tied head"
/*
  const { hidden_size: h, intermediate_size: inner, vocab_size: vocabulary } = config;
  const keyValue = (h / config.num_attention_heads) * config.num_key_value_heads;
  const embeddings = vocabulary * h * (config.tie_word_embeddings ? 1 : 2);
  return 16 * (config.num_hidden_layers * (2 * h * h + 2 * h * keyValue + 2 * h * inner) + embeddings);
*/

// %% mutant title="norms are forgotten" caught="hidden: all parameters, norms too"
/*
  const { hidden_size: h, intermediate_size: inner, vocab_size: vocabulary } = config;
  const keyValue = (h / config.num_attention_heads) * config.num_key_value_heads;
  const embeddings = vocabulary * h * (config.tie_word_embeddings ? 1 : 2);
  return 16 * (config.num_hidden_layers * (2 * h * h + 2 * h * keyValue + 3 * h * inner) + embeddings);
*/

// %% mutant title="one moment in place of two" caught="a tied head"
/*
  const { hidden_size: h, intermediate_size: inner, vocab_size: vocabulary } = config;
  const keyValue = (h / config.num_attention_heads) * config.num_key_value_heads;
  const embeddings = vocabulary * h * (config.tie_word_embeddings ? 1 : 2);
  return 12 * (config.num_hidden_layers * (2 * h * h + 2 * h * keyValue + 3 * h * inner) + embeddings);
*/

// %% [markdown]
/*
## And how long?

Memory says whether a run can start. Whether it ends this week is arithmetic too: a model of *N* parameters
needs about 6*N* operations a token. The talk reports how long Asclepius took, on four A100.
*/

// %% the training times of Asclepius
import { asclepiusTrainingTimes, formatHours } from "residency/memory";
for (const { stage, epochs, examples, tokensPerExample, mfu, seconds } of asclepiusTrainingTimes()) {
  const tokens = (epochs * examples * tokensPerExample) / 1e6;
  console.log(
    `${stage}: ${tokens.toFixed(0)} million tokens, ${formatHours(seconds)} at ${(100 * mfu).toFixed(0)} % of peak`,
  );
}

// %% [markdown]
/*
The lengths of notes are assumptions, and the share of the peak is fitted to the published hours, 2 h 59 m and
30 h 41 m. What the model of 6*N* adds is the insight that one stage used its machines less than half as well as
the other.

## What you can now do

- Turn parameters into **bytes**, and a recipe into a number that you can compare with a GPU.
- Say what **activations**, **logits** and the **cache** add, and what checkpointing costs.
- Refuse nonsense by **type**, before anything is rented.
- **Measure** a peak, and trust an estimate as far as you have checked it.

## Check yourself

Choose an answer, then open it.
*/

// %% [markdown]
/*
**1. A model of 7 billion parameters is trained in full, in bfloat16, with 8-bit Adam. The rule says at least
…**

<details><summary>14 GB</summary>No. That is the weights alone: enough to read with, not to train.</details>
<details><summary>28 GB</summary>No. Weights and gradients are there, but even 8-bit Adam keeps two more
bytes.</details>
<details><summary>42 GB</summary>Yes: 2 + 2 + 2 = 6 bytes a parameter, and activations on top.</details>
*/

// %% [markdown]
/*
**2. Why does LoRA need so much less?**

<details><summary>It stores the model in fewer bits.</summary>No. That is what the Q in QLoRA adds; LoRA's base
stays as it is.</details>
<details><summary>Frozen weights have no gradients and no moments.</summary>Yes. What remains of 6 to 16 bytes
is the 2 of the weight.</details>
<details><summary>Its activations are smaller.</summary>No. The forward pass is as long as before; activations
hardly change.</details>
*/

// %% [markdown]
/*
**3. Twice as long rows, attention scores kept. Activations …**

<details><summary>double.</summary>Only without the scores, as with flash attention.</details>
<details><summary>more than double.</summary>Yes. The scores are a number for each pair of tokens, so they grow
fourfold.</details>
<details><summary>stay, since the model is the same.</summary>No. Weights stay; activations belong to the
text.</details>
*/

// %% [markdown]
/*
**4. Gradient checkpointing …**

<details><summary>saves weights to disk during the run.</summary>No. The word is the same; those checkpoints are
another thing.</details>
<details><summary>trades a second forward pass for activations.</summary>Yes: 8 operations in place of 6, for 2
bytes a value in place of 34.</details>
<details><summary>makes gradients smaller.</summary>No. Each trained parameter still has its gradient.</details>
*/

// %% [markdown]
/*
**5. Your estimate says 15.6 GB, the card says 16 GB. What do you do?**

<details><summary>Start; it fits.</summary>Risky. A T4 leaves a process about 14.6 GiB, which is 15.7 GB, and
some of that is lost to fragments.</details>
<details><summary>Look at the largest line of the ledger, and shrink it.</summary>Yes. Shorter rows,
checkpointing or a smaller batch with accumulation cost little.</details>
<details><summary>Move to a model of half the size.</summary>Last of all: it is the one change that users will
notice.</details>
*/

// %% [markdown]
/*
**Glossary.** *dtype*: how a number is stored. *Activation*: a result of the forward pass that the backward pass
needs. *Moment*: a running mean that Adam keeps. *Logits*: scores for every token of the vocabulary. *Key/value
cache*: what generation remembers of earlier tokens. *Peak*: the moment at which most memory is in use.

**Stretch.** Find the longest row that phi-2 with QLoRA and checkpointing can be trained on with a T4, with
`canYouRunIt` and your `largestBatch`; rows are as good as batches. Which line of the ledger stops you?
*/
