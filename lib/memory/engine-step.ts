/** A training step and a generation on this library's engine, played on a memory clock. */
import { elementsOf, type Architecture, type ParameterShape } from "./architecture.ts";
import { checkpointed, decoderGraph, type GraphOptions } from "./engine-graph.ts";
import { operation, type Operation, type Value } from "./engine-operation.ts";
import { endForward, runBackward, runForward } from "./engine-pass.ts";
import type { MemoryEntry, MemoryLedger } from "./ledger.ts";
import { createMemoryClock, type HeldMemory, type MemoryClock } from "./memory-clock.ts";

const float = 4;

/** What is there before a step begins, and how the step runs. */
export interface EngineStep extends Pick<GraphOptions, "trains" | "adapterOf" | "packsTables" | "dropout"> {
  /** Parameters and the optimiser's state, which stay. */
  resident: readonly MemoryEntry[];
  /** What the optimiser needs for one parameter after the other: state that comes out of a page, and what a step makes. */
  updates: readonly MemoryEntry[];
  batch: number;
  /** Tokens a row. */
  seq: number;
  /** Positions whose next token is trained on, over the whole batch. */
  trainedTokens: number;
  checkpointing: boolean;
  /** Micro-batches whose gradients are summed before a step. */
  accumulation: number;
}

/** The logits that `residency-cpu` holds at once: 32 MB, or 48 rows (lib/backends/cpu/fused-training.ts). */
const logitsAtOnce = 8 << 20;
const leastRows = 48;

function chunkRows(rows: number, vocabulary: number): number {
  const most = Math.max(leastRows, Math.floor(logitsAtOnce / vocabulary));
  return Math.max(1, Math.ceil(rows / Math.ceil(rows / most)));
}

const headOf = ({ parameters, tied }: Architecture): ParameterShape => {
  const name = tied["lm_head.weight"] ?? "lm_head.weight";
  return parameters.find((one) => one.name === name)!;
};

/** The operations from the last hidden state to the loss, over the trained rows alone. */
function lossOperations(architecture: Architecture, hidden: Value, step: EngineStep): Operation[] {
  const { sizes, parameters } = architecture;
  const { trainedTokens: rows, trains, packsTables } = step;
  const layer = "head";
  const taken = operation({ layer, inputs: [hidden], bytes: rows * sizes.hidden * float });
  const head = headOf(architecture);
  const weight = trains(head.name) ? { [head.name]: elementsOf(head.shape) * float } : {};
  const ofWeight = Object.values(weight).map((bytes) => ({ component: "gradients" as const, bytes }));
  const bias = parameters.find(({ name }) => name === "lm_head.bias");
  if (!bias && !architecture.capsLogits) {
    // Fused: a chunk of logits at a time; the gradients are made in the forward pass and scaled in the backward pass.
    const atOnce = chunkRows(rows, sizes.vocabulary);
    const chunk = atOnce * sizes.vocabulary * float;
    // Through a packed head the chunk's gradient has a place of its own, and its rows are copied (packedCrossEntropy).
    const ofPacked = packsTables ? chunk + atOnce * sizes.hidden * float : 0;
    const fused = operation({
      layer,
      inputs: [taken.output],
      bytes: float,
      makes: [{ component: "workspace", bytes: taken.output.bytes }, ...ofWeight],
      forwardScratch: [{ component: "logits", bytes: chunk + rows * float + ofPacked }],
      gradients: weight,
    });
    return [taken, fused];
  }
  const bytes = rows * sizes.vocabulary * float;
  const product = operation({
    layer,
    inputs: [taken.output],
    bytes,
    outputComponent: "logits",
    keeps: Object.keys(weight).length > 0 ? [taken.output] : [],
    gradients: weight,
  });
  const logits = [product];
  const of = (): Pick<Operation, "layer" | "inputs" | "outputComponent" | "keeps"> & { bytes: number } => {
    const { output } = logits[logits.length - 1]!;
    return { layer, inputs: [output], bytes, outputComponent: "logits", keeps: [output] };
  };
  if (bias) {
    const gradients = trains(bias.name) ? { [bias.name]: elementsOf(bias.shape) * float } : {};
    logits.push(operation({ ...of(), kind: "tfjs", gradients }));
  }
  if (architecture.capsLogits) {
    logits.push(
      operation({
        ...of(),
        forwardScratch: [{ component: "workspace", bytes: 2 * bytes }],
        backwardScratch: 4 * bytes,
      }),
    );
  }
  const loss = operation({
    layer,
    inputs: [logits[logits.length - 1]!.output],
    bytes: float,
    makes: [{ component: "logits", bytes }],
  });
  return [taken, ...logits, loss];
}

/** Angles of every position, cosine and sine, and segments: what all blocks of a pass read. */
const passConstants = (
  clock: MemoryClock,
  { sizes }: Architecture,
  length: number,
  segments: number,
): HeldMemory => clock.allocate("workspace", "step", 2 * length * sizes.rotaryDim * float + segments * 4);

function takeIn(clock: MemoryClock, resident: readonly MemoryEntry[]): void {
  for (const { component, layer, bytes } of resident) clock.allocate(component, layer, bytes);
}

/** The ledger at the peak of a training step that is not the first, when the optimiser has its state. */
export function trainingPeak(architecture: Architecture, step: EngineStep): MemoryLedger {
  const clock = createMemoryClock();
  takeIn(clock, step.resident);
  // The last token of a row predicts nothing, and no token sees those behind it.
  const length = Math.max(1, step.seq - 1);
  const graph = decoderGraph(architecture, { ...step, length });
  const inputs = [graph.embedding[graph.embedding.length - 1]!.output];
  for (const block of graph.blocks) inputs.push(block[block.length - 1]!.output);
  const blocks = step.checkpointing
    ? graph.blocks.map((block, index) => checkpointed(block, inputs[index]!))
    : graph.blocks.flat();
  const loss = lossOperations(architecture, graph.hidden, step);
  const operations = [...graph.embedding, ...blocks, ...graph.norm, ...loss];
  const value = operations[operations.length - 1]!.output;
  let sums = new Map<string, HeldMemory>();
  for (let micro = 0; micro < Math.min(2, step.accumulation); micro++) {
    clock.begin("forward and loss");
    const constants = passConstants(clock, architecture, length, length);
    const pass = runForward(clock, operations, { isRecording: true, hasScopes: length > 1 });
    const result = clock.hold(pass.outputs.get(value)!);
    endForward(clock, pass);
    clock.begin("backward");
    const start = clock.allocate("workspace", "step", float);
    const { gradients } = runBackward(clock, operations, { pass, from: value, gradient: start });
    clock.drop(constants);
    clock.drop(result);
    clock.begin("gradient accumulation");
    const next = new Map<string, HeldMemory>();
    for (const [name, gradient] of gradients) {
      const sum = sums.get(name);
      next.set(name, sum ? clock.allocate(gradient.component, gradient.layer, gradient.bytes) : gradient);
      if (sum) {
        clock.drop(sum);
        clock.drop(gradient);
      }
    }
    sums = next;
  }
  clock.begin("the optimiser's step");
  for (const { component, layer, bytes } of step.updates) clock.drop(clock.allocate(component, layer, bytes));
  return clock.peak();
}

/** What a generation is: prompts of one length, continued. */
export interface EngineGeneration extends Pick<GraphOptions, "packsTables"> {
  resident: readonly MemoryEntry[];
  batch: number;
  /** Tokens of a prompt. */
  seq: number;
  newTokens: number;
}

/** Positions by which a cache that is filled in place grows at least (lib/nn/key-value-cache.ts). */
const leastGrowth = 64;

/** The ledger at the peak of a generation: reading the prompt, or the growing of the cache behind it. */
export function generationPeak(architecture: Architecture, generation: EngineGeneration): MemoryLedger {
  const { batch, seq, newTokens, packsTables } = generation;
  const { sizes } = architecture;
  const clock = createMemoryClock();
  takeIn(clock, generation.resident);
  const cache: HeldMemory[] = [];
  const read = (length: number, onCached: (memory: HeldMemory) => void): void => {
    const graph = decoderGraph(architecture, {
      batch,
      length,
      trains: () => false,
      adapterOf: () => undefined,
      packsTables,
      dropout: false,
    });
    const constants = passConstants(clock, architecture, length, seq);
    const operations = [...graph.embedding, ...graph.blocks.flat(), ...graph.norm];
    const pass = runForward(clock, operations, { isRecording: false, hasScopes: length > 1, onCached });
    const last = clock.allocate("activations", "head", batch * sizes.hidden * float);
    const logits = clock.allocate("logits", "head", batch * sizes.vocabulary * float);
    // The quotient, its tanh and their product.
    const ofCap = architecture.capsLogits ? 3 * logits.bytes : 0;
    const bounded = clock.allocate("logits", "head", ofCap);
    endForward(clock, pass);
    for (const memory of [constants, last, logits, bounded]) clock.drop(memory);
  };
  clock.begin("reading the prompt");
  read(seq, (memory) => cache.push(clock.hold(memory)));
  clock.begin("generating");
  const vector = batch * sizes.keyValueHeads * sizes.headDim * float;
  // The keys and values of the prompt are those of the pass; from the first growth on the cache has memory of its own.
  let capacity = seq;
  for (let filled = seq + 1; filled < seq + newTokens; filled = capacity + 1) {
    capacity = filled + Math.max(leastGrowth, filled >> 1);
    let index = 0;
    read(1, () => {
      const old = cache[index]!;
      const room = clock.allocate("workspace", old.layer, (capacity - filled + 1) * vector);
      cache[index] = clock.allocate("cache", old.layer, capacity * vector);
      clock.drop(old);
      clock.drop(room);
      index += 1;
    });
  }
  return clock.peak();
}
