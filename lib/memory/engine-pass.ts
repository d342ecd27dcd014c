/** Runs operations forward and backward on a memory clock, with the lifetimes that tfjs' tape and scopes give to tensors. */
import type { Operation, Value } from "./engine-operation.ts";
import type { HeldMemory, MemoryClock } from "./memory-clock.ts";

/** The forward pass of some operations: what is alive after it. */
export interface ForwardPass {
  /** The memory of every output that is still held. */
  outputs: Map<Value, HeldMemory>;
  /** What each operation keeps for the backward pass. */
  kept: Map<Operation, HeldMemory[]>;
}

/** How a forward pass runs. */
export interface ForwardOptions {
  /** Whether a backward pass follows. */
  isRecording: boolean;
  /** Memory of tensors that were there before. */
  given?: ReadonlyMap<Value, HeldMemory>;
  /** Whether a block gives back at its end all but its output, as models do that read more than one token a row. */
  hasScopes?: boolean;
  /** Called with what generation puts into its cache. */
  onCached?: (memory: HeldMemory) => void;
}

/** Gives back what a block was given and what it made, but for its output. */
function endBlock(
  clock: MemoryClock,
  outputs: Map<Value, HeldMemory>,
  { block, input, output }: BlockEnd,
): void {
  for (const [value, memory] of outputs) {
    if (value === output || !(value === input || block.has(value))) continue;
    clock.drop(memory);
    outputs.delete(value);
  }
}

/** A block at its end. */
interface BlockEnd {
  /** All that its operations made. */
  block: ReadonlySet<Value>;
  input: Value;
  output: Value;
}

/** Runs operations forward; every output lives until its block ends or else until {@link endForward}, as in a tidy scope. */
export function runForward(
  clock: MemoryClock,
  operations: readonly Operation[],
  { isRecording, given = new Map(), hasScopes = false, onCached }: ForwardOptions,
): ForwardPass {
  const outputs = new Map<Value, HeldMemory>();
  const kept = new Map<Operation, HeldMemory[]>();
  const find = (value: Value): HeldMemory | undefined => outputs.get(value) ?? given.get(value);
  for (const operation of operations) {
    const { layer, output, keeps, makes, inner } = operation;
    if (inner) {
      const around = new Map([...given, ...outputs]);
      const pass = runForward(clock, inner, { isRecording: false, given: around });
      outputs.set(output, clock.hold(pass.outputs.get(output)!));
      endForward(clock, pass);
    } else {
      const scratch = operation.forwardScratch.map((one) => clock.allocate(one.component, layer, one.bytes));
      outputs.set(output, clock.allocate(operation.outputComponent, layer, output.bytes));
      const made = makes.map((one) => clock.allocate(one.component, layer, one.bytes));
      for (const memory of scratch) clock.drop(memory);
      if (isRecording) kept.set(operation, made);
      else for (const memory of made) clock.drop(memory);
      if (operation.isCached) onCached?.(outputs.get(output)!);
    }
    if (isRecording) {
      const held = keeps.flatMap((value) => {
        const memory = find(value);
        return memory ? [clock.hold(memory)] : [];
      });
      kept.set(operation, [...(kept.get(operation) ?? []), ...held]);
    }
    if (hasScopes && operation.blockInput) {
      const block = new Set(operations.filter((one) => one.layer === layer).map((one) => one.output));
      endBlock(clock, outputs, { block, input: operation.blockInput, output });
    }
  }
  return { outputs, kept };
}

/** Ends the scope of a forward pass: what no operation keeps is free. */
export function endForward(clock: MemoryClock, { outputs }: ForwardPass): void {
  for (const memory of outputs.values()) clock.drop(memory);
  outputs.clear();
}

/** What a backward pass gives. */
export interface BackwardPass {
  /** The gradients of trained parameters, by name; the caller's. */
  gradients: Map<string, HeldMemory>;
  /** The gradient of the value that was asked for. */
  input: HeldMemory | undefined;
}

/** How a backward pass starts and ends. */
export interface BackwardOptions {
  /** The value whose gradient is given, and its memory, which the pass takes over. */
  from: Value;
  gradient: HeldMemory;
  /** The value whose gradient is wanted beside those of parameters. */
  to?: Value;
}

/** Runs operations backward; what a pass of {@link runForward} kept goes as soon as its operation is done. */
export function runBackward(
  clock: MemoryClock,
  operations: readonly Operation[],
  { pass, from, gradient, to }: BackwardOptions & { pass: ForwardPass },
): BackwardPass {
  const ofValues = new Map<Value, HeldMemory>([[from, gradient]]);
  const gradients = new Map<string, HeldMemory>();
  /** What nobody reads again and tfjs frees only when the pass ends: the second summand of every sum is one. */
  const lingering: HeldMemory[] = [];

  const accumulate = <Key>(sums: Map<Key, HeldMemory>, key: Key, added: HeldMemory): void => {
    const sum = sums.get(key);
    if (sum) {
      sums.set(key, clock.allocate(added.component, added.layer, added.bytes));
      clock.drop(sum);
      lingering.push(added);
    } else {
      sums.set(key, added);
    }
  };

  for (const operation of [...operations].reverse()) {
    const { inputs, output, layer, kind, inner } = operation;
    const dy = ofValues.get(output);
    const kept = pass.kept.get(operation) ?? [];
    pass.kept.delete(operation);
    if (!dy || !output.isTrained) {
      lingering.push(...kept);
      continue;
    }
    ofValues.delete(output);
    let ofInputs: HeldMemory[];
    if (inner) {
      const again = runForward(clock, inner, {
        isRecording: true,
        given: new Map(kept[0] ? [[inputs[0]!, kept[0]]] : []),
      });
      const value = clock.hold(again.outputs.get(output)!);
      endForward(clock, again);
      const result = runBackward(clock, inner, {
        pass: again,
        from: output,
        gradient: clock.hold(dy),
        to: inputs[0]!,
      });
      clock.drop(value);
      ofInputs = [result.input ?? clock.allocate("workspace", layer, inputs[0]!.bytes)];
      for (const [name, memory] of result.gradients) accumulate(gradients, name, memory);
    } else if (kind === "clone") {
      ofInputs = inputs.map(() => clock.hold(dy));
    } else {
      const scratch = clock.allocate("workspace", layer, operation.backwardScratch);
      ofInputs = inputs.map(({ bytes }) =>
        kind === "tfjs" && bytes === dy.bytes ? clock.hold(dy) : clock.allocate("workspace", layer, bytes),
      );
      for (const [name, bytes] of Object.entries(operation.gradients)) {
        accumulate(gradients, name, clock.allocate("gradients", layer, bytes));
      }
      clock.drop(scratch);
    }
    if (kind === "tfjs") {
      lingering.push(...kept, dy);
    } else {
      for (const memory of kept) clock.drop(memory);
      clock.drop(dy);
    }
    for (const [index, value] of inputs.entries()) {
      const memory = ofInputs[index]!;
      if (value.isTrained || value === to) accumulate(ofValues, value, memory);
      else lingering.push(memory);
    }
  }
  const input = to && ofValues.get(to);
  for (const memory of lingering) clock.drop(memory);
  for (const kept of pass.kept.values()) for (const memory of kept) clock.drop(memory);
  for (const [value, memory] of ofValues) if (value !== to) clock.drop(memory);
  return { gradients, input };
}
