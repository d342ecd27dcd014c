/** The operations of a decoder's forward pass and what each keeps for the backward pass, as `lib/ops` runs them. */
import { ResidencyError } from "../errors.ts";
import type { Architecture, BlockLinear, NormRole } from "./architecture.ts";
import { composedAttention, dropped } from "./engine-dropout.ts";
import { operation, type Operation, type Value } from "./engine-operation.ts";

/** What fixes a graph. */
export interface GraphOptions {
  batch: number;
  /** Positions that are computed. */
  length: number;
  /** Whether a parameter is trained, by its name. */
  trains: (name: string) => boolean;
  /** The adapter of a linear layer: elements of A and B, its rank, and whether it has dropout; by the layer's name. */
  adapterOf: (name: string) => { r: number; a: number; b: number; dropsOut: boolean } | undefined;
  /** Whether embeddings and the head are packed in 16 bits. */
  packsTables: boolean;
  /** Whether the dropout of the config.json is applied, as in training. */
  dropout: boolean;
}

/** The operations of one pass. */
export interface DecoderGraph {
  embedding: readonly Operation[];
  blocks: readonly (readonly Operation[])[];
  norm: readonly Operation[];
  /** The last hidden state `[batch · length, hidden]`. */
  hidden: Value;
}

const float = 4;

/** Builds the operations of a linear layer at a path; they end in its output. */
function linearOperations(
  x: Value,
  { name, in: columns, out, bias }: BlockLinear,
  { path, rows, options }: { path: string; rows: number; options: GraphOptions },
): Operation[] {
  const full = `${path}.${name}`;
  const bytes = rows * out * float;
  const adapter = options.adapterOf(full);
  const common = { layer: path, inputs: [x], bytes };
  let product: Operation;
  if (adapter) {
    const low = rows * adapter.r * float;
    const given = adapter.dropsOut ? rows * columns * float : 0;
    product = operation({
      ...common,
      keeps: [x],
      makes: [{ component: "activations", bytes: low }],
      // With dropout: the mask, and what it leaves of x.
      forwardScratch: [{ component: "workspace", bytes: 2 * given }],
      // The gradient of the low-rank rows before and after scaling, and B's before scaling; with dropout also the mask, and A's
      // part of the gradient of x before and after it.
      backwardScratch: 2 * low + adapter.b * float + 3 * given,
      gradients: {
        [`${full}.lora_A.weight`]: adapter.a * float,
        [`${full}.lora_B.weight`]: adapter.b * float,
      },
    });
  } else if (options.trains(`${full}.weight`)) {
    product = operation({ ...common, keeps: [x], gradients: { [`${full}.weight`]: columns * out * float } });
  } else {
    product = operation(common);
  }
  if (!bias) return [product];
  const y = product.output;
  const gradients: Record<string, number> = options.trains(`${full}.bias`)
    ? { [`${full}.bias`]: out * float }
    : {};
  return [product, operation({ layer: path, inputs: [y], bytes, keeps: [y], kind: "tfjs", gradients })];
}

const last = (operations: readonly Operation[]): Value => operations[operations.length - 1]!.output;

/** The operations of one block from its input on. */
function blockOperations(
  { sizes, block }: Architecture,
  input: Value,
  { path, options }: { path: string; options: GraphOptions },
): Operation[] {
  const { linears, norms, norm, parallel, feedForward } = block!;
  const dropout = options.dropout ? block!.dropout : undefined;
  const { batch, length } = options;
  const { hidden, heads, keyValueHeads, headDim, rotaryDim, intermediate } = sizes;
  const rows = batch * length;
  const operations: Operation[] = [];
  const add = (...added: Operation[]): Value => {
    operations.push(...added);
    return last(operations);
  };
  const linear = (role: BlockLinear["role"], x: Value): Value =>
    add(
      ...linearOperations(
        x,
        linears.find((one) => one.role === role)!,
        { path, rows, options },
      ),
    );
  const normed = (role: NormRole, x: Value, count: number): Value => {
    const found = norms.find((one) => one.role === role);
    if (!found) return x;
    const names = [
      `${path}.${found.name}.weight`,
      ...(norm === "layer" ? [`${path}.${found.name}.bias`] : []),
    ];
    const trained = names.filter(options.trains).map((name) => [name, found.size * float] as const);
    return add(
      operation({
        layer: path,
        inputs: [x],
        bytes: x.bytes,
        keeps: [x],
        makes: [{ component: "activations", bytes: (norm === "layer" ? 2 : 1) * count * float }],
        gradients: Object.fromEntries(trained),
      }),
    );
  };
  const turned = (x: Value): Value =>
    rotaryDim === 0 ? x : add(operation({ layer: path, inputs: [x], bytes: x.bytes }));
  // One operation gives all three parts; it keeps nothing, and its gradient is made once, for the first of them.
  const split = (x: Value): [Value, Value, Value] => {
    const part = { layer: path, bytes: rows * hidden * float, kind: "tfjs" } as const;
    const other = (): Operation => {
      const made = operation({ ...part, inputs: [] });
      return { ...made, output: { ...made.output, isTrained: x.isTrained } };
    };
    return [add(operation({ ...part, inputs: [x] })), add(other()), add(other())];
  };
  const cached = (x: Value): Value => {
    const maker = operations.findIndex((one) => one.output === x);
    operations[maker] = { ...operations[maker]!, isCached: true };
    return x;
  };
  const plus = (x: Value, y: Value): Value =>
    add(operation({ layer: path, inputs: [x, y], bytes: x.bytes, kind: "clone" }));

  const read = normed("input", input, rows);
  let q: Value, k: Value, v: Value;
  if (linears.some(({ role }) => role === "queryKeyValue")) {
    [q, k, v] = split(linear("queryKeyValue", read));
    [k, v] = [cached(k), cached(v)];
  } else {
    q = turned(normed("query", linear("query", read), rows * heads));
    k = cached(turned(normed("key", linear("key", read), rows * keyValueHeads)));
    v = cached(linear("value", read));
  }
  const bytes = rows * heads * headDim * float;
  if (dropout?.attention) add(composedAttention([q, k, v], { layer: path, batch, length, heads, bytes }));
  else {
    const attention = operation({
      layer: path,
      inputs: [q, k, v],
      bytes,
      keeps: [q, k, v],
      makes: [{ component: "activations", bytes: rows * heads * float }],
    });
    // The output is kept as well, for the gradient of the softmax.
    add({ ...attention, keeps: [...attention.keeps, attention.output] });
  }
  const rest = (x: Value): Value => (dropout?.residual ? add(dropped(path, x)) : x);
  const attended = normed("afterAttention", rest(linear("attentionOut", last(operations))), rows);
  const stream = parallel ? input : plus(input, attended);
  const fed = parallel ? read : normed("beforeFeedForward", stream, rows);
  const width = rows * intermediate * float;
  let active: Value;
  if (feedForward === "gated") {
    const [gate, up] = [linear("gate", fed), linear("up", fed)];
    active = add(operation({ layer: path, inputs: [gate, up], bytes: width, keeps: [gate, up] }));
  } else {
    const up = linear("up", fed);
    active = add(operation({ layer: path, inputs: [up], bytes: width, keeps: [up] }));
  }
  const out = normed("afterFeedForward", rest(linear("down", active)), rows);
  plus(parallel ? plus(input, attended) : stream, out);
  return operations;
}

/** The names of the embeddings that every token is looked up in. */
const embeddingsOf = ({ parameters }: Architecture): string[] =>
  parameters.filter(({ kind }) => kind === "embedding").map(({ name }) => name);

/**
 * The operations from token ids to the last hidden state.
 *
 * @throws ResidencyError E_CONFIG for a family that this library counts but does not compute.
 */
export function decoderGraph(architecture: Architecture, options: GraphOptions): DecoderGraph {
  const { family, sizes, block, parameters } = architecture;
  if (!block) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot estimate a ${family} model on this library's engine, which has no such model: set implementation: "transformers"`,
    );
  }
  const rows = options.batch * options.length;
  const bytes = rows * sizes.hidden * float;
  const embedding: Operation[] = [];
  for (const name of embeddingsOf(architecture)) {
    const before = embedding[embedding.length - 1]?.output;
    const table = parameters.find((one) => one.name === name)!.shape[0]! * sizes.hidden * float;
    const taken = operation({
      layer: "embedding",
      inputs: [],
      bytes,
      gradients: options.trains(name) ? { [name]: table } : {},
      // The packed rows, before they are unpacked.
      forwardScratch: options.packsTables ? [{ component: "workspace", bytes: bytes / 2 }] : [],
    });
    embedding.push(taken);
    if (before) {
      embedding.push(operation({ layer: "embedding", inputs: [before, taken.output], bytes, kind: "clone" }));
    }
  }
  if (architecture.scalesEmbedding) {
    embedding.push(operation({ layer: "embedding", inputs: [last(embedding)], bytes }));
  }
  if (options.dropout && block.dropout.embedding) embedding.push(dropped("embedding", last(embedding)));
  let x = last(embedding);
  const blocks: Operation[][] = [];
  const paths = [...new Set(parameters.flatMap((one) => (one.block === undefined ? [] : [one.block])))];
  for (const path of paths) {
    const operations = blockOperations(architecture, x, { path, options });
    operations.push({ ...operations.pop()!, blockInput: x });
    blocks.push(operations);
    x = last(operations);
  }
  const finals = parameters.filter(({ kind, block: of }) => kind === "norm" && of === undefined);
  const norm = operation({
    layer: "head",
    inputs: [x],
    bytes,
    keeps: [x],
    makes: [{ component: "activations", bytes: rows * float * (block.norm === "layer" ? 2 : 1) }],
    gradients: Object.fromEntries(
      finals.filter(({ name }) => options.trains(name)).map(({ name }) => [name, sizes.hidden * float]),
    ),
  });
  return { embedding, blocks, norm: [norm], hidden: norm.output };
}

/** A block as one operation that keeps its input alone (Chen et al., 2016). */
export function checkpointed(inner: readonly Operation[], input: Value): Operation {
  const output = last(inner);
  return {
    ...operation({ layer: inner[0]!.layer, inputs: [input], bytes: output.bytes, keeps: [input] }),
    output,
    inner,
    blockInput: input,
  };
}
