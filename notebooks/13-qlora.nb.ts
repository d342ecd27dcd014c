/**
 * Notebook 13: a frozen model in four bits a weight, and an adapter that is trained through it.
 *
 * title: QLoRA
 * goal: store sixteen levels in four bits, with a scale for each block
 * goal: build the table of NF4 from the quantiles of the normal distribution, and say why it beats even steps
 * goal: count the bits that the scales cost, before and after double quantisation
 * goal: keep an optimiser's state in pages, with the same result in less memory
 * goal: train an adapter through a base that stays in four bits
 * reading: 40 minutes
 * running: 20 seconds
 * memory: 0.5 GB
 * needs: LoRA (notebook 12), the memory rule (notebook 11)
 * graded: five exercises, 15 points
 * previous: 12, LoRA
 * next: 14, Clinical supervised fine-tuning
 */

// %% [markdown]
/*
LoRA froze the model, so that gradients and moments of its weights are gone. What is left is the weights
themselves: 2 bytes each. Nobody changes them any more, they are only read. Must they be that precise? QLoRA
(Dettmers et al., 2023) reads them from **four bits**.
*/

// %% setup id=setup
import { checkClose, checkEqual } from "residency/exercise";
import { dequantize4bit as unpack, fourBitCodebook as codebook, quantize4bit as pack } from "residency/quant";

// %% import what we need
import { assetPath, AutoModelForCausalLM, setBackend } from "residency";
import { formatBytes } from "residency/memory";
import { barChart, histogram, lineChart } from "residency/viz";

// %% what four bits would save
const phi2Parameters = 2_779_683_840;
for (const bits of [32, 16, 8, 4]) {
  console.log(
    `${String(bits).padStart(2)} bits a weight: phi-2 takes ${formatBytes((phi2Parameters * bits) / 8)}`,
  );
}

// %% [markdown]
/*
## What weights look like

Before we round anything, let us look at what there is to round: one weight of `intern`, our small clinical
model.
*/

// %% load the model output=varies
const engine = await setBackend();
const modelName = assetPath("intern"); // or one of the hub, such as "HuggingFaceTB/SmolLM2-135M"
const model = await AutoModelForCausalLM.fromPretrained(modelName);
console.log(engine.name);

// %% the numbers of one weight
const parameters = new Map(model.root.namedParameters());
const weightName = "model.layers.0.mlp.gate_proj.weight";
const weight = [...parameters.get(weightName)!.value.dataSync()];
const magnitude = (values: readonly number[]) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
console.log(
  `${weight.length.toLocaleString("en-US")} numbers, the largest magnitude ${magnitude(weight).toFixed(3)}`,
);

// %% draw them
histogram(weight, { title: weightName, xLabel: "value", yLabel: "weights", bins: 40 });

// %% [markdown]
/*
A bell: many small weights, few large ones. Nearly all trained weights look like this. Keep the picture in mind.

## Sixteen even steps

Four bits can tell sixteen things apart. The plainest choice is fifteen even steps from −7 to 7: divide by the
largest magnitude, the **absmax**, multiply by 7, round. To read a code, undo it.
*/

// %% round to even steps, and back
function int4RoundTrip(values: readonly number[], blockSize = values.length): number[] {
  const result: number[] = [];
  for (let begin = 0; begin < values.length; begin += blockSize) {
    const block = values.slice(begin, begin + blockSize);
    const absmax = magnitude(block);
    for (const value of block) result.push((Math.round((value / absmax) * 7) / 7) * absmax);
  }
  return result;
}
int4RoundTrip([0.1, -0.25, 0.7, 0.33]);

// %% how wrong is that?
const meanError = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
console.log("mean error, one scale:", meanError(weight, int4RoundTrip(weight)).toFixed(5));

// %% [markdown]
/*
## One large number spoils it

Now the wrong thing. Make a single weight a hundred times larger than the largest: what happens to all
others?
*/

// %% an outlier
const withOutlier = weight.map((value, index) => (index === 1000 ? 100 * magnitude(weight) : value));
const spoiled = int4RoundTrip(withOutlier);
const zeros = spoiled.filter((value) => value === 0).length;
console.log(
  `${zeros.toLocaleString("en-US")} of ${weight.length.toLocaleString("en-US")} weights became zero`,
);

// %% [markdown]
/*
The scale is stretched to reach one number, and everybody else falls onto the step at zero. The remedy is to
share a scale among few: a **block** of 64 weights. An outlier then spoils its own block and no other.
*/

// %% the same with blocks of 64
const blocked = int4RoundTrip(withOutlier, 64);
console.log("zeros now:", blocked.filter((value) => value === 0).length.toLocaleString("en-US"));
console.log(
  "mean error, without outlier, in blocks:",
  meanError(weight, int4RoundTrip(weight, 64)).toFixed(5),
);

// %% [markdown]
/*
## Levels where the weights are

Even steps treat the rare large weight and the common small one alike. But look at the bell again. How often is
each code used?
*/

// %% how often each even step is used
const scaledBy = (values: readonly number[], blockSize: number) =>
  values.map(
    (value, i) => value / magnitude(values.slice(i - (i % blockSize), i - (i % blockSize) + blockSize)),
  );
const inBlocks = scaledBy(weight.slice(0, 8192), 64); // each between −1 and 1
const uses = Array.from({ length: 15 }, (_, step) => step - 7).map((step) => {
  return [String(step), inBlocks.filter((value) => Math.round(value * 7) === step).length] as const;
});
barChart(Object.fromEntries(uses), { title: "Uses of the even steps", xLabel: "step", yLabel: "weights" });

// %% [markdown]
/*
The outer codes are hardly used: bits that carry nothing. A code carries most when every level is used **equally
often**. For a bell the levels must be dense in the middle and sparse outside. Where exactly? At the
**quantiles** of the normal distribution.

The quantile of *p* is the point that a share *p* of the bell lies below. First the share below a point, as a
series (Marsaglia, 2004):
*/

// %% the share of a standard normal below x
function normalShare(x: number): number {
  let [term, sum] = [x, x];
  for (let k = 3; k < 200; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
[-1.96, 0, 1.96].map((x) => normalShare(x).toFixed(4));

// %% and the other way round, by halving
function normalQuantile(share: number): number {
  let [low, high] = [-6, 6];
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
[0.025, 0.25, 0.75, 0.975].map((share) => normalQuantile(share).toFixed(4));

// %% [markdown]
/*
**NF4** uses that. Two details make it practical. Zero must be a level, since zeros must stay zeros; with
sixteen codes the two sides cannot both have eight, so the positive side gets eight and the negative seven. And
the quantile of 1 is infinite, so we start a little below: half a step from the end, in the middle between
sixteen steps and fifteen.
*/

// %% where the shares start
const firstShare = (1 - 1 / 32 + (1 - 1 / 30)) / 2;
console.log(firstShare.toFixed(7));

// %% evenly spaced numbers, both ends included
const evenly = (from: number, to: number, count: number) =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
evenly(1, 0, 5);

// %% exercise id=nf4-table title="The sixteen levels of NF4" difficulty=3 importance=4 minutes=15 hint="`evenly(0.9677083, 0.5, 9)` ends at 0.5, whose quantile is 0. Leave that one away, or zero comes twice." hint="The negative side: `evenly(0.9677083, 0.5, 8)` without its end, and the quantiles with a minus." hint="Numbers sort with `(a, b) => a - b`. Divide by the largest last of all."
/*
Complete `nf4Levels`:

- eight positive levels: the quantiles of nine even shares from 0.9677083 to 0.5, without the last;
- seven negative ones: minus the quantiles of eight even shares from 0.9677083 to 0.5, without the last;
- zero; all sorted, and divided by the largest, so that they run from −1 to 1.

You should see four check marks below.
*/
/** The sixteen levels of NF4 in [-1, 1], from small to large. */
function nf4Levels(): number[] {
  // BEGIN SOLUTION
  const offset = 0.9677083;
  const positive = evenly(offset, 0.5, 9).slice(0, -1).map(normalQuantile);
  const negative = evenly(offset, 0.5, 8)
    .slice(0, -1)
    .map((share) => -normalQuantile(share));
  const levels = [...negative, 0, ...positive].sort((a, b) => a - b);
  return levels.map((level) => level / Math.max(...positive));
  // END SOLUTION
}

// %% tests points=3
const levels = nf4Levels();
checkEqual("sixteen levels", levels.length, 16);
checkClose("from −1 to 1, with a zero", [levels[0]!, levels[7]!, levels[15]!], [-1, 0, 1]);
const rising = levels.every((level, i) => i === 0 || level > levels[i - 1]!);
checkEqual("each above the one before", rising, true);
checkClose(
  "four levels of bitsandbytes",
  levels.slice(8, 12),
  [0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224],
);
// BEGIN HIDDEN TESTS: all sixteen
const negatives = "-1 -0.6961928 -0.52507305 -0.39491749 -0.28444138 -0.18477343 -0.09105004 0";
const positives = "0.0795803 0.1609302 0.2461123 0.33791524 0.44070983 0.562617 0.72295684 1";
checkClose("hidden: the negative half", levels.slice(0, 8), negatives.split(" ").map(Number), 1e-6);
checkClose("hidden: the positive half", levels.slice(8), positives.split(" ").map(Number), 1e-6);
// END HIDDEN TESTS

// %% mutant title="zero twice" caught="sixteen levels"
/*
  const positive = evenly(0.9677083, 0.5, 9).map(normalQuantile);
  const negative = evenly(0.9677083, 0.5, 8).map((share) => -normalQuantile(share));
  return [...negative, ...positive].sort((a, b) => a - b).map((level) => level / Math.max(...positive));
*/

// %% mutant title="not divided by the largest" caught="from −1 to 1, with a zero"
/*
  const positive = evenly(0.9677083, 0.5, 9).slice(0, -1).map(normalQuantile);
  const negative = evenly(0.9677083, 0.5, 8).slice(0, -1).map((share) => -normalQuantile(share));
  return [...negative, 0, ...positive].sort((a, b) => a - b);
*/

// %% mutant title="even steps" caught="four levels of bitsandbytes"
/*
  return [...evenly(-1, 0, 8), ...evenly(0, 1, 9).slice(1)];
*/

// %% mutant title="sorted as text" caught="from −1 to 1, with a zero"
/*
  const positive = evenly(0.9677083, 0.5, 9).slice(0, -1).map(normalQuantile);
  const negative = evenly(0.9677083, 0.5, 8).slice(0, -1).map((share) => -normalQuantile(share));
  return [...negative, 0, ...positive].sort().map((level) => level / Math.max(...positive));
*/

// %% mutant title="eight steps on both sides" caught="hidden: the negative half"
/*
  const positive = evenly(0.9677083, 0.5, 9).slice(0, -1).map(normalQuantile);
  const negative = evenly(0.9677083, 0.5, 9).slice(0, -2).map((share) => -normalQuantile(share));
  return [...negative, 0, ...positive].sort((a, b) => a - b).map((level) => level / Math.max(...positive));
*/

// %% mutant title="another offset" caught="four levels of bitsandbytes"
/*
  const positive = evenly(0.99, 0.5, 9).slice(0, -1).map(normalQuantile);
  const negative = evenly(0.99, 0.5, 8).slice(0, -1).map((share) => -normalQuantile(share));
  return [...negative, 0, ...positive].sort((a, b) => a - b).map((level) => level / Math.max(...positive));
*/

// %% the table as the library has it
import { fourBitCodebook } from "residency/quant";
const nf4Table = [...fourBitCodebook("nf4").values];
nf4Table.map((level) => level.toFixed(3)).join(" ");

// %% draw both tables
const codes = Array.from({ length: 16 }, (_, code) => code);
lineChart(
  [
    { name: "NF4", x: codes, y: nf4Table },
    { name: "even steps", x: codes.slice(0, 15), y: codes.slice(0, 15).map((code) => (code - 7) / 7) },
  ],
  { title: "What a code stands for", xLabel: "code", yLabel: "level" },
);

// %% [markdown]
/*
In the middle the curve is flat: neighbouring levels lie close together, where the weights are. Now use it.
*/

// %% exercise id=round-trip title="Into four bits, and back" difficulty=3 importance=5 minutes=15 hint="For each block: absmax first, then for each value the level nearest to value / absmax, then times absmax." hint="A block of zeros has absmax 0, and 0 / 0 is NaN. Its values are zeros whatever the level." hint="The last block may be shorter; `slice` does not mind."
/*
Complete `roundTrip`: what is left of `values` when each block of `blockSize` is stored as one scale and a level
a number. `table` holds the levels from small to large. The tests compare you with the even steps, and with the
library. You should see three check marks, then two more.
*/
/** The values after they went through codes: the nearest level times the block's absmax. */
function roundTrip(values: readonly number[], table: readonly number[], blockSize: number): number[] {
  // BEGIN SOLUTION
  const result: number[] = [];
  for (let begin = 0; begin < values.length; begin += blockSize) {
    const block = values.slice(begin, begin + blockSize);
    const absmax = Math.max(...block.map(Math.abs));
    for (const value of block) {
      const scaled = absmax === 0 ? 0 : value / absmax;
      const nearest = table.reduce((best, level) =>
        Math.abs(level - scaled) < Math.abs(best - scaled) ? level : best,
      );
      result.push(nearest * absmax);
    }
  }
  return result;
  // END SOLUTION
}

// %% tests points=2
const three = [-1, 0, 1];
checkEqual("the nearest level", roundTrip([4, 2.5, -1.9, -3], three, 4), [4, 4, 0, -4]);
checkEqual("each block has its scale", roundTrip([8, 1, 2, 2], three, 2), [8, 0, 2, 2]);
checkEqual("zeros stay zeros", roundTrip([0, 0, 0, 5], three, 2), [0, 0, 0, 5]);
// BEGIN HIDDEN TESTS: a short last block
checkEqual("hidden: a short last block", roundTrip([2, 1.5, 3], three, 2), [2, 2, 3]);
// END HIDDEN TESTS

// %% tests id=round-trip-error points=2
// A bell: each number is the sum of twelve even ones, less six.
let state = 7;
const even = () => (state = (state * 48271) % 2147483647) / 2147483647;
const sumOfTwelve = () => Array.from({ length: 12 }, even).reduce((sum, value) => sum + value, -6);
const bell = Array.from({ length: 4096 }, sumOfTwelve);
const nf4 = [...codebook("nf4").values];
const fifteen = Array.from({ length: 15 }, (_, i) => (i - 7) / 7);
const errorOf = (table: number[]) =>
  roundTrip(bell, table, 64).reduce((sum, value, i) => sum + Math.abs(value - bell[i]!) / bell.length, 0);
checkEqual("on a bell, less error than even steps", errorOf(nf4) < errorOf(fifteen), true);
checkClose("the mean error of NF4", errorOf(nf4), 0.073, 0.002);
// BEGIN HIDDEN TESTS: the library's own codes, with a short last block
const some = bell.slice(0, 200);
checkClose("hidden: the library", roundTrip(some, nf4, 64), [...unpack(pack(Float32Array.from(some)))], 1e-5);
// END HIDDEN TESTS

// %% mutant title="one scale for all" caught="each block has its scale"
/*
  const absmax = Math.max(...values.map(Math.abs));
  return values.map((v) => table.reduce((best, level) => (Math.abs(level * absmax - v) < Math.abs(best * absmax - v) ? level : best)) * absmax + 0 * blockSize);
*/

// %% mutant title="the largest, not the largest magnitude" caught="the nearest level"
/*
  return values.map((value, i) => {
    const absmax = Math.max(...values.slice(i - (i % blockSize), i - (i % blockSize) + blockSize).map((v) => -v));
    return absmax === 0 ? 0 : table.reduce((best, l) => (Math.abs(l - value / absmax) < Math.abs(best - value / absmax) ? l : best)) * absmax;
  });
*/

// %% mutant title="the level below" caught="the nearest level"
/*
  return values.map((value, i) => {
    const absmax = Math.max(...values.slice(i - (i % blockSize), i - (i % blockSize) + blockSize).map(Math.abs));
    const scaled = absmax === 0 ? 0 : value / absmax;
    return table.filter((level) => level <= scaled).at(-1)! * absmax;
  });
*/

// %% mutant title="zeros divided by zero" caught="zeros stay zeros"
/*
  return values.map((value, i) => {
    const absmax = Math.max(...values.slice(i - (i % blockSize), i - (i % blockSize) + blockSize).map(Math.abs));
    const scaled = value / absmax;
    const gaps = table.map((level) => Math.abs(level - scaled));
    return (table[gaps.indexOf(Math.min(...gaps))] ?? Number.NaN) * absmax;
  });
*/

// %% mutant title="only whole blocks" caught="hidden: a short last block"
/*
  const whole = values.length - (values.length % blockSize);
  return values.map((value, i) => {
    if (i >= whole) return 0;
    const absmax = Math.max(...values.slice(i - (i % blockSize), i - (i % blockSize) + blockSize).map(Math.abs));
    const scaled = absmax === 0 ? 0 : value / absmax;
    return table.reduce((best, l) => (Math.abs(l - scaled) < Math.abs(best - scaled) ? l : best)) * absmax;
  });
*/

// %% mutant title="forgets to scale back" caught="the nearest level"
/*
  return values.map((value, i) => {
    const absmax = Math.max(...values.slice(i - (i % blockSize), i - (i % blockSize) + blockSize).map(Math.abs));
    const scaled = absmax === 0 ? 0 : value / absmax;
    return table.reduce((best, l) => (Math.abs(l - scaled) < Math.abs(best - scaled) ? l : best));
  });
*/

// %% three roads on a real weight
import { dequantize4bit, nestAbsmax, quantize4bit, unnestAbsmax } from "residency/quant";
const values = Float32Array.from(weight);
const throughFourBits = (quantType: "nf4" | "fp4") => [
  ...dequantize4bit(quantize4bit(values, { quantType })),
];
const errors = {
  "even steps": meanError(weight, int4RoundTrip(weight, 64)),
  FP4: meanError(weight, throughFourBits("fp4")),
  NF4: meanError(weight, throughFourBits("nf4")),
};
barChart(errors, { title: "Mean error, blocks of 64", xLabel: "", yLabel: "mean error" });

// %% the figures
for (const [name, error] of Object.entries(errors)) console.log(name.padEnd(10), error.toFixed(5));

// %% [markdown]
/*
FP4 is four bits arranged as a tiny floating-point number. It is the default of bitsandbytes, so write `nf4`
when you mean it.

## What is stored

Two codes share a byte, the first in its upper half. Beside them stands one float32 a block.
*/

// %% bytes of one packed weight
const packedWeight = quantize4bit(values);
const [codeBytes, scaleBytes] = [packedWeight.packed.byteLength, packedWeight.absmax.byteLength];
console.log(
  `first byte ${packedWeight.packed[0]!.toString(16)}: codes ${packedWeight.packed[0]! >> 4} and ${packedWeight.packed[0]! & 15}`,
);
console.log(
  `codes ${formatBytes(codeBytes)}, scales ${formatBytes(scaleBytes)}, in float32 ${formatBytes(4 * weight.length)}`,
);
console.log(`${((8 * (codeBytes + scaleBytes)) / weight.length).toFixed(3)} bits a weight`);

// %% [markdown]
/*
## Double quantisation

So “four bits” are four and a half: a scale of 32 bits for 64 weights is half a bit each. The scales are numbers
like others; quantise *them*, to 8 bits in blocks of 256. Those blocks need a scale of 32 bits once more, but
only one for 64 · 256 weights.

One thing must be done first. Here are the scales of our weight:
*/

// %% draw the scales
const scales = [...packedWeight.absmax];
histogram(scales, { title: "Scales of the blocks", xLabel: "absmax", yLabel: "blocks", bins: 30 });

// %% [markdown]
/*
A scale is never negative, so codes for negative numbers would be wasted. Take the mean away, and the scales lie
on both sides of zero.
*/

// %% the error of the scales after double quantisation
const nested = nestAbsmax(packedWeight.absmax);
const restored = unnestAbsmax(nested);
console.log("mean that is taken away:", nested.offset.toFixed(4));
console.log("mean error of a scale:  ", meanError(scales, [...restored]).toFixed(6));

// %% exercise id=scale-bits title="The bits that scales cost" difficulty=2 importance=3 minutes=8 hint="Without double quantisation: 32 bits for each block." hint="With it: 8 bits for each block, and 32 bits for each block of blocks."
/*
Complete `scaleBits`: the bits **a weight** that scales cost. `scaleBlock` is how many scales share one of
theirs; without it the scales stay in float32. You should see three check marks below: 0.5 becomes 0.127.
*/
/** Bits a weight for the scales of blocks of `blockSize` weights. */
function scaleBits(blockSize: number, scaleBlock?: number): number {
  // BEGIN SOLUTION
  if (scaleBlock === undefined) return 32 / blockSize;
  return 8 / blockSize + 32 / (blockSize * scaleBlock);
  // END SOLUTION
}

// %% tests points=2
checkEqual("float32 scales", scaleBits(64), 0.5);
checkEqual("double quantisation", scaleBits(64, 256), 0.126953125);
checkClose(
  "saved in a model of 65 billion weights, in GB",
  ((scaleBits(64) - scaleBits(64, 256)) * 65) / 8,
  3.03,
  0.01,
);
// BEGIN HIDDEN TESTS: other blocks
checkEqual("hidden: larger blocks", scaleBits(128), 0.25);
checkEqual("hidden: other blocks of scales", scaleBits(128, 64), 0.06640625);
// END HIDDEN TESTS

// %% mutant title="forgets the scales of the scales" caught="double quantisation"
/*
  return scaleBlock === undefined ? 32 / blockSize : 8 / blockSize;
*/

// %% mutant title="scales of scales for each block" caught="double quantisation"
/*
  return scaleBlock === undefined ? 32 / blockSize : 8 / blockSize + 32 / scaleBlock;
*/

// %% mutant title="counts the codes, too" caught="float32 scales"
/*
  return 4 + (scaleBlock === undefined ? 32 / blockSize : 8 / blockSize + 32 / (blockSize * scaleBlock));
*/

// %% mutant title="always blocks of 64" caught="hidden: larger blocks"
/*
  return scaleBlock === undefined ? 0.5 : 8 / 64 + 32 / (64 * scaleBlock + 0 * blockSize);
*/

// %% mutant title="scales in half precision" caught="float32 scales"
/*
  return scaleBlock === undefined ? 16 / blockSize : 8 / blockSize + 32 / (blockSize * scaleBlock);
*/

// %% [markdown]
/*
## Pages

QLoRA's third idea concerns the peak. A long row now and then needs more memory than the rest, and the run dies
in the night. **Paged** optimisers keep their moments in pages: they move to the host's memory when the GPU is
short, and come back when they are needed. The result is the same to the last bit; only the place differs.

Our device has room for some numbers and no more. Its `pages` are a `Map`, and a `Map` remembers in which order
its keys were set.
*/

// %% a device with little memory
interface Device {
  /** The most numbers that it holds at once. */
  capacity: number;
  /** What it holds, by name. */
  pages: Map<string, Float64Array>;
}
const resident = ({ pages }: Device) => [...pages.values()].reduce((sum, page) => sum + page.length, 0);
const tiny: Device = { capacity: 10, pages: new Map([["mean", new Float64Array(4)]]) };
console.log(`${resident(tiny)} of ${tiny.capacity} numbers in use`);

// %% exercise id=pager title="A pager" difficulty=4 importance=3 minutes=20 hint="A page that is there: delete it from `device.pages` and set it again, so that it is the last of the order." hint="A page that is not there: while resident(device) + length is above the capacity, move the first page of the map to the host." hint="Then bring it in: from the host, and delete it there; or `new Float64Array(length)` when nobody has it."
/*
Complete `usePage`, which gives the page `name` of `length` numbers, on the device:

- one that neither has yet starts as zeros;
- when room is short, the page that was **used longest ago** moves to `host`, then the next, until there is
  room; never hold more than `capacity`, not even for a moment;
- a page is in one place at a time, and one that is larger than the device is a `RangeError`.

You should see four check marks, then two more.
*/
/** Brings a page onto the device, and moves others to the host where room is short. */
function usePage(
  device: Device,
  host: Map<string, Float64Array>,
  name: string,
  length: number,
): Float64Array {
  // BEGIN SOLUTION
  if (length > device.capacity) throw new RangeError(`A page of ${length} numbers is larger than the device`);
  let page = device.pages.get(name);
  if (page) device.pages.delete(name);
  else {
    for (const [oldest, values] of device.pages) {
      if (resident(device) + length <= device.capacity) break;
      device.pages.delete(oldest);
      host.set(oldest, values);
    }
    page = host.get(name) ?? new Float64Array(length);
    host.delete(name);
  }
  device.pages.set(name, page);
  return page;
  // END SOLUTION
}

// %% tests points=2
const pages = new Map<string, Float64Array>();
const host = new Map<string, Float64Array>();
let peak = 0;
const put = pages.set.bind(pages);
pages.set = (key, page) => {
  put(key, page);
  peak = Math.max(peak, [...pages.values()].flatMap((one) => [...one]).length);
  return pages;
};
const use = (name: string, length = 4) => usePage({ capacity: 10, pages }, host, name, length);
checkEqual("a new page is zeros", [...use("a")], [0, 0, 0, 0]);
for (const [step, name] of ["a", "b", "a", "c", "b", "a", "c"].entries()) {
  const page = use(name);
  page.set(page.map((value) => value + step));
}
checkEqual("the peak stays under the limit", peak <= 10, true);
const found = ["a", "b", "c"].map((name) => (pages.get(name) ?? host.get(name))?.[0] ?? "lost");
checkEqual("the same result as without pages", found, [7, 5, 9]);
const twice = [...pages.keys()].filter((name) => host.has(name));
checkEqual("one place at a time", twice, []);

// %% tests id=pager-order points=2
const [device, away] = [
  { capacity: 10, pages: new Map<string, Float64Array>() },
  new Map<string, Float64Array>(),
];
const touch = (name: string, length = 4) => usePage(device, away, name, length);
for (const name of ["a", "b", "a", "c"]) touch(name)[0]! += 1;
checkEqual("what was used last stays", [...device.pages.keys()], ["a", "c"]);
let answer = "taken";
try {
  touch("huge", 11);
} catch (error) {
  answer = (error as Error).name;
}
checkEqual("larger than the device", answer, "RangeError");
// BEGIN HIDDEN TESTS: several must go for one
touch("whole", 10);
checkEqual("hidden: several go for one", [...device.pages.keys()], ["whole"]);
checkEqual("hidden: and come back as they were", touch("a")[0]!, 2);
// END HIDDEN TESTS

// %% mutant title="first in, first out" caught="what was used last stays"
/*
  if (length > device.capacity) throw new RangeError("larger than the device");
  const there = device.pages.get(name);
  if (there) return there;
  for (const [oldest, values] of device.pages) {
    if (resident(device) + length <= device.capacity) break;
    device.pages.delete(oldest);
    host.set(oldest, values);
  }
  const page = host.get(name) ?? new Float64Array(length);
  host.delete(name);
  device.pages.set(name, page);
  return page;
*/

// %% mutant title="brings in before it makes room" caught="the peak stays under the limit"
/*
  if (length > device.capacity) throw new RangeError("larger than the device");
  const page = device.pages.get(name) ?? host.get(name) ?? new Float64Array(length);
  device.pages.delete(name);
  host.delete(name);
  device.pages.set(name, page);
  for (const [oldest, values] of device.pages) {
    if (resident(device) <= device.capacity || oldest === name) break;
    device.pages.delete(oldest);
    host.set(oldest, values);
  }
  return page;
*/

// %% mutant title="forgets what it moves away" caught="the same result as without pages"
/*
  if (length > device.capacity) throw new RangeError("larger than the device");
  const page = device.pages.get(name) ?? host.get(name) ?? new Float64Array(length);
  device.pages.delete(name);
  for (const oldest of device.pages.keys()) if (resident(device) + length > device.capacity) device.pages.delete(oldest);
  device.pages.set(name, page);
  return page;
*/

// %% mutant title="leaves a copy with the host" caught="one place at a time"
/*
  if (length > device.capacity) throw new RangeError("larger than the device");
  const page = device.pages.get(name) ?? host.get(name) ?? new Float64Array(length);
  device.pages.delete(name);
  for (const [oldest, values] of device.pages) {
    if (resident(device) + length <= device.capacity) break;
    device.pages.delete(oldest);
    host.set(oldest, values);
  }
  device.pages.set(name, page);
  return page;
*/

// %% mutant title="no limit for one page" caught="larger than the device"
/*
  const page = device.pages.get(name) ?? host.get(name) ?? new Float64Array(length);
  device.pages.delete(name);
  host.delete(name);
  for (const [oldest, values] of device.pages) {
    if (resident(device) + length <= device.capacity) break;
    device.pages.delete(oldest);
    host.set(oldest, values);
  }
  device.pages.set(name, page);
  return page;
*/

// %% mutant title="never moves anything away" caught="the peak stays under the limit"
/*
  if (length > device.capacity) throw new RangeError("larger than the device");
  const page = device.pages.get(name) ?? new Float64Array(length);
  device.pages.delete(name);
  device.pages.set(name, page);
  host.delete(name);
  return page;
*/

// %% [markdown]
/*
## Training through a frozen base

Now the pieces come together. The base is stored in codes. In every forward pass a layer unpacks its weight,
uses it, and throws the unpacked copy away. The gradient flows **through** the weight to whatever lies below,
but never **into** it. The adapter beside it is in full precision.
*/

// %% a layer whose weight is in codes
interface PackedLayer {
  /** Codes of the weight, `[out][in]`. */
  codes: readonly (readonly number[])[];
  /** A scale a row. */
  absmax: readonly number[];
  /** A: `[in]` and B: `[out]`, of rank 1. */
  a: readonly number[];
  b: readonly number[];
}
const unpackRow = ({ codes, absmax }: PackedLayer, i: number) =>
  codes[i]!.map((code) => nf4Table[code]! * absmax[i]!);

// %% exercise id=qlora-step title="One step of QLoRA" difficulty=4 importance=4 minutes=20 hint="Forward: low = a · x, a number; y[i] = unpacked row i · x + b[i] · low." hint="The loss is half the sum of (y − target)², so g = y − target." hint="∂b[i] = g[i] · low and ∂a[j] = (Σᵢ b[i] g[i]) · x[j], both from the old a and b."
/*
Complete `qloraStep`: one step of gradient descent on half the squared error of *y* = *W x* + *b* (*a · x*),
with rank 1 and a scale of 1. *W* is unpacked by `unpackRow`. Give a new layer with new `a` and `b` and the
**same** codes and scales, and the loss before the step.

You should see four check marks below.
*/
/** One step of gradient descent on the adapter of a packed layer, for x [in] and target [out]. */
function qloraStep(
  layer: PackedLayer,
  { x, target, learningRate }: { x: readonly number[]; target: readonly number[]; learningRate: number },
): { layer: PackedLayer; loss: number } {
  // BEGIN SOLUTION
  const dot = (u: readonly number[], v: readonly number[]) =>
    u.reduce((sum, value, i) => sum + value * v[i]!, 0);
  const low = dot(layer.a, x);
  const g = target.map((wanted, i) => dot(unpackRow(layer, i), x) + layer.b[i]! * low - wanted); // [out]
  const back = dot(layer.b, g);
  const a = layer.a.map((value, j) => value - learningRate * back * x[j]!);
  const b = layer.b.map((value, i) => value - learningRate * g[i]! * low);
  return { layer: { ...layer, a, b }, loss: dot(g, g) / 2 };
  // END SOLUTION
}

// %% tests points=2
const codesOf = (text: string) => text.split(";").map((line) => line.trim().split(" ").map(Number));
const fresh = { codes: codesOf("15 7 0; 7 15 7"), absmax: [2, 1], a: [0.5, -0.5, 1], b: [0, 0] };
const task = { x: [1, 2, -1], target: [3, 0], learningRate: 0.1 };
const once = qloraStep(fresh, task);
checkClose("the loss before the step", once.loss, 2.5);
checkClose("at the start only B moves", [...once.layer.a, ...once.layer.b], [0.5, -0.5, 1, 0.15, 0.3]);
let trained = fresh as ReturnType<typeof qloraStep>["layer"];
for (let step = 0; step < 100; step += 1) trained = qloraStep(trained, task).layer;
checkEqual("after a hundred steps the error is gone", qloraStep(trained, task).loss < 1e-6, true);
checkEqual("the base is as it was", [trained.codes, trained.absmax], [codesOf("15 7 0; 7 15 7"), [2, 1]]);
// BEGIN HIDDEN TESTS: a step where both move
const both = qloraStep({ ...fresh, b: [1, 2] }, task);
checkClose("hidden: both move", [...both.layer.a, ...both.layer.b], [0.75, 0, 0.75, 0.925, 1.85]);
// END HIDDEN TESTS

// %% mutant title="climbs" caught="at the start only B moves"
/*
  const dot = (u: readonly number[], v: readonly number[]) => u.reduce((sum, value, i) => sum + value * v[i]!, 0);
  const low = dot(layer.a, x);
  const g = target.map((wanted, i) => dot(unpackRow(layer, i), x) + layer.b[i]! * low - wanted);
  const a = layer.a.map((value, j) => value + learningRate * dot(layer.b, g) * x[j]!);
  return { layer: { ...layer, a, b: layer.b.map((value, i) => value + learningRate * g[i]! * low) }, loss: dot(g, g) / 2 };
*/

// %% mutant title="forgets the base" caught="the loss before the step"
/*
  const dot = (u: readonly number[], v: readonly number[]) => u.reduce((sum, value, i) => sum + value * v[i]!, 0);
  const low = dot(layer.a, x);
  const g = target.map((wanted, i) => layer.b[i]! * low - wanted);
  const a = layer.a.map((value, j) => value - learningRate * dot(layer.b, g) * x[j]!);
  return { layer: { ...layer, a, b: layer.b.map((value, i) => value - learningRate * g[i]! * low) }, loss: dot(g, g) / 2 };
*/

// %% mutant title="the codes as numbers" caught="the loss before the step"
/*
  const dot = (u: readonly number[], v: readonly number[]) => u.reduce((sum, value, i) => sum + value * v[i]!, 0);
  const low = dot(layer.a, x);
  const g = target.map((wanted, i) => dot(layer.codes[i]!, x) + layer.b[i]! * low - wanted);
  const a = layer.a.map((value, j) => value - learningRate * dot(layer.b, g) * x[j]!);
  return { layer: { ...layer, a, b: layer.b.map((value, i) => value - learningRate * g[i]! * low) }, loss: dot(g, g) / 2 };
*/

// %% mutant title="trains the scales, too" caught="the base is as it was"
/*
  const dot = (u: readonly number[], v: readonly number[]) => u.reduce((sum, value, i) => sum + value * v[i]!, 0);
  const low = dot(layer.a, x);
  const g = target.map((wanted, i) => dot(unpackRow(layer, i), x) + layer.b[i]! * low - wanted);
  const a = layer.a.map((value, j) => value - learningRate * dot(layer.b, g) * x[j]!);
  const absmax = layer.absmax.map((value, i) => value - 0.01 * learningRate * g[i]!);
  return { layer: { ...layer, absmax, a, b: layer.b.map((value, i) => value - learningRate * g[i]! * low) }, loss: dot(g, g) / 2 };
*/

// %% mutant title="A from the new B" caught="at the start only B moves"
/*
  const dot = (u: readonly number[], v: readonly number[]) => u.reduce((sum, value, i) => sum + value * v[i]!, 0);
  const low = dot(layer.a, x);
  const g = target.map((wanted, i) => dot(unpackRow(layer, i), x) + layer.b[i]! * low - wanted);
  const b = layer.b.map((value, i) => value - learningRate * g[i]! * low);
  const a = layer.a.map((value, j) => value - learningRate * dot(b, g) * x[j]!);
  return { layer: { ...layer, a, b }, loss: dot(g, g) / 2 };
*/

// %% mutant title="only B is trained" caught="hidden: both move"
/*
  const dot = (u: readonly number[], v: readonly number[]) => u.reduce((sum, value, i) => sum + value * v[i]!, 0);
  const low = dot(layer.a, x);
  const g = target.map((wanted, i) => dot(unpackRow(layer, i), x) + layer.b[i]! * low - wanted);
  return { layer: { ...layer, b: layer.b.map((value, i) => value - learningRate * g[i]! * low) }, loss: dot(g, g) / 2 };
*/

// %% [markdown]
/*
## By library

Three lines differ from notebook 12: a `BitsAndBytesConfig` when the model is loaded,
`prepareModelForKbitTraining`, which freezes everything and turns checkpointing on, and a paged optimiser. The
talk's notebook leaves the second line out.
*/

// %% load in four bits
import {
  AutoTokenizer,
  BitsAndBytesConfig,
  getPeftModel,
  LoraConfig,
  prepareModelForKbitTraining,
} from "residency";
import { readJsonlFile, SFTConfig, SFTTrainer } from "residency";
import { formatExample, parseClinicalRow } from "residency/clinical";
const quantizationConfig = new BitsAndBytesConfig({ loadIn4bit: true, bnb4bitQuantType: "nf4" });
const loadPacked = () => AutoModelForCausalLM.fromPretrained(modelName, { quantizationConfig });
const packed = await loadPacked();
console.log("float32:", formatBytes(model.root.getMemoryFootprint()));
console.log("4 bits: ", formatBytes(packed.root.getMemoryFootprint()));

// %% where the bytes are
for (const [name, { packed: codesOfIt, byteSize, shape }] of [...packed.root.namedParameters()].slice(0, 3)) {
  console.log(name, shape, codesOfIt ? codesOfIt.format : "float32", formatBytes(byteSize));
}

// %% [markdown]
/*
The embedding stays as it was: it is looked up, not multiplied. transformers leaves it alone, too, and the head
besides. How much of the bytes is that embedding, in our model and in phi-2?
*/

// %% the embedding's share of the bytes
import { modelOutline } from "residency";
const phi2 = modelOutline({
  ...{ model_type: "phi", vocab_size: 51_200, hidden_size: 2560, intermediate_size: 10_240 },
  ...{ num_hidden_layers: 32, num_attention_heads: 32, partial_rotary_factor: 0.4 },
});
const bytesOfPhi2 = [...phi2.namedParameters()].map(([name, { shape, size }]) => {
  const isPacked = name.includes(".layers.") && shape.length === 2; // the rest in half precision
  return { name, byteSize: (size * (isPacked ? 4 + 32 / 64 : 16)) / 8 };
});
const ours = [...packed.root.namedParameters()].map(([name, { byteSize }]) => ({ name, byteSize }));
for (const [of, list] of Object.entries({ intern: ours, "phi-2": bytesOfPhi2 })) {
  const sum = (rows: typeof ours) => rows.reduce((bytes, { byteSize }) => bytes + byteSize, 0);
  const embedding = sum(list.filter(({ name }) => name.endsWith("embed_tokens.weight")));
  console.log(`${of}: ${((100 * embedding) / sum(list)).toFixed(1)} % of ${formatBytes(sum(list))}`);
}

// %% [markdown]
/*
The larger the model, the smaller that part: layers grow faster than the table of tokens. So four bits save small models
least.

Does ours still know its notes?
*/

// %% the loss on notes, before and after packing
const tokenizer = await AutoTokenizer.fromPretrained(modelName);
const heldoutRows = await readJsonlFile(assetPath("corpus", "test.jsonl.gz"), { parse: parseClinicalRow });
const inputIds = heldoutRows.slice(0, 4).map(({ note }) => tokenizer.encode(note).slice(0, 120));
const lossOf = (one: typeof model) => {
  const { sum, tokens } = one.summedLoss({ inputIds, labels: inputIds });
  return sum.dataSync()[0]! / tokens;
};
console.log(`float32 ${lossOf(model).toFixed(3)}, NF4 ${lossOf(packed).toFixed(3)} nats a token`);

// %% train an adapter through it
const trainRows = await readJsonlFile(assetPath("corpus", "train.jsonl.gz"), { parse: parseClinicalRow });
const settings = { maxSteps: 12, perDeviceTrainBatchSize: 4, perDeviceEvalBatchSize: 8, learningRate: 5e-3 };
const linears = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;
async function finetune(optim: "adamw_torch" | "paged_adamw_32bit") {
  const base = prepareModelForKbitTraining(await loadPacked());
  const peft = getPeftModel(base, new LoraConfig({ r: 8, loraAlpha: 16, targetModules: linears }));
  const trainDataset = trainRows.slice(0, 200).map(formatExample);
  const evalDataset = heldoutRows.slice(0, 8).map(formatExample);
  const args = new SFTConfig({ ...settings, optim, maxLength: 512, seed: 1 });
  const trainer = new SFTTrainer({ model: peft, tokenizer, trainDataset, evalDataset, args });
  const { evalLoss: before } = await trainer.evaluate();
  await trainer.train();
  const { evalLoss: after } = await trainer.evaluate();
  return { peft, trainer, before, after };
}

// %% with moments in memory output=varies
const plain = await finetune("adamw_torch");
console.log(`held-out loss ${plain.before.toFixed(2)} → ${plain.after.toFixed(2)}`);

// %% with moments in pages
const paged = await finetune("paged_adamw_32bit");
console.log("difference between the two runs:", paged.after - plain.after);

// %% [markdown]
/*
Zero. Pages are a question of place, never of result.

## Merging loses something

An adapter of float32 next to codes of 4 bits: what happens when we merge? The sum has to be packed again, and
small additions may not move any code.
*/

// %% merge into four bits output=varies
const drifts: { additionMean: number; mean: number }[] = [];
plain.peft.mergeAdapter({ onDrift: (drift) => drifts.push(drift) });
const { evalLoss: merged } = await plain.trainer.evaluate();
const average = (pick: (drift: (typeof drifts)[number]) => number) =>
  drifts.reduce((sum, drift) => sum + pick(drift), 0) / drifts.length;
console.log(`an adapter adds ${average((d) => d.additionMean).toFixed(4)} to a weight, on average`);
console.log(`packing again is off by ${average((d) => d.mean).toFixed(4)}`);
console.log(`held-out loss ${plain.after.toFixed(2)} beside, ${merged.toFixed(2)} merged`);

// %% [markdown]
/*
What packing loses is about as large as what the adapter adds. The loss of eight rows may hide it, and even fall, by luck:
the errors are there all the same. So serve a QLoRA adapter **beside** its base, or merge it into the weights in half
precision, not into the codes.

## What you can now do

- Quantise with a **scale a block**, and say what one outlier does without.
- Derive **NF4** from the normal distribution.
- Count bits to the third decimal, **double quantisation** included.
- Train an **adapter through codes**, with paged moments, and know why not to merge into them.

## Check yourself

Choose an answer, then open it.
*/

// %% [markdown]
/*
**1. Why blocks of 64, and not one scale for a whole weight?**

<details><summary>One outlier would stretch the scale of all.</summary>Yes. In a block it spoils 63 others at
most.</details>
<details><summary>A byte has only room for 64 numbers.</summary>No. A byte has room for two codes.</details>
<details><summary>Smaller blocks take fewer bits.</summary>No. Smaller blocks need more scales, so more
bits.</details>
*/

// %% [markdown]
/*
**2. Where are NF4's levels close together?**

<details><summary>Near −1 and 1.</summary>No. Few weights are there.</details>
<details><summary>Near zero.</summary>Yes. There most weights of a bell lie, so each level is used about equally
often.</details>
<details><summary>Nowhere; the steps are even.</summary>No. That is int4.</details>
*/

// %% [markdown]
/*
**3. How many bits a weight does NF4 take, with blocks of 64 and double quantisation?**

<details><summary>4</summary>No. The scales are forgotten.</details>
<details><summary>4.5</summary>No. That is without double quantisation.</details>
<details><summary>4.127</summary>Yes: 4 + 8/64 + 32/(64 · 256).</details>
*/

// %% [markdown]
/*
**4. During QLoRA training, the gradient …**

<details><summary>changes the 4-bit weights a little.</summary>No. A step is far smaller than the gap between
two codes, and they are frozen.</details>
<details><summary>passes through the unpacked weights to the adapters.</summary>Yes. The base is read in every
pass and never written.</details>
<details><summary>stops at the first 4-bit layer.</summary>No. Then no layer below could learn.</details>
*/

// %% [markdown]
/*
**5. A paged optimiser gives …**

<details><summary>another result, with less memory.</summary>No. We subtracted the two losses and got
0.</details>
<details><summary>the same result, with a lower peak.</summary>Yes. It costs time: pages have to be
moved.</details>
<details><summary>smaller moments.</summary>No. That is the 8-bit optimiser; the two can be combined.</details>
*/

// %% [markdown]
/*
**Glossary.** *Quantise*: replace a number by the nearest of a few levels. *Code*: which level. *Absmax*: the
largest magnitude of a block, its scale. *NF4*: sixteen levels at the quantiles of a normal distribution.
*Double quantisation*: quantise the scales, too. *Page*: a piece of optimiser state that may leave the device.
*Drift*: what a merge into codes loses.

**Stretch.** Change the block size to 32, 128 and 256 in `quantize4bit`, and draw mean error against bits a
weight. Where would you stop, and what changes with double quantisation?
*/
