/** Where the state of an optimiser lies between two steps: in the backend's memory, or in pages outside of it. */
import * as tf from "@tensorflow/tfjs-core";
import { ResidencyError } from "../errors.ts";
import type { StatePages } from "./pages.ts";
import { stateTensors, type StateLayout, type StateTensors, type StateValues } from "./state-layout.ts";

/** Holds the state of each parameter by name. */
export interface StateStore {
  /** The parameters that have a state. */
  names(): string[];
  /** The state as tensors, which stay the store's; zeros before the first step. */
  bringIn(name: string, layout: StateLayout): StateTensors;
  /** Takes over the state behind a step and gives back what is no longer needed. */
  putBack(name: string, state: StateTensors): void;
  /** The elements, which the caller must copy. */
  values(name: string, layout: StateLayout): Promise<StateValues>;
  /** Takes over elements as the state. */
  load(name: string, layout: StateLayout, values: StateValues): void;
  /** Forgets every state. */
  dispose(): void;
}

/** Disposes of the tensors of one state that another one has not taken over. */
function disposeOf(old: StateTensors | undefined, kept: StateTensors = {}): void {
  for (const [part, tensor] of Object.entries(old ?? {})) if (kept[part] !== tensor) tensor.dispose();
}

/** States that stay in the backend's memory. */
export function residentStates(): StateStore {
  const states = new Map<string, StateTensors>();
  return {
    names: () => [...states.keys()],
    bringIn(name, layout) {
      const state = states.get(name) ?? stateTensors(layout);
      states.set(name, state);
      return state;
    },
    putBack(name, state) {
      disposeOf(states.get(name), state);
      for (const tensor of Object.values(state)) tf.keep(tensor);
      states.set(name, state);
    },
    async values(name) {
      const parts = Object.entries(states.get(name)!);
      const read = await Promise.all(parts.map(([, tensor]) => tensor.data()));
      return Object.fromEntries(
        parts.map(([part], i) => [part, read[i] as Float32Array | Int32Array] as const),
      );
    },
    load: (name, layout, values) => void states.set(name, stateTensors(layout, values)),
    dispose() {
      for (const state of states.values()) disposeOf(state);
      states.clear();
    },
  };
}

/**
 * States that lie in pages and are in the backend's memory one parameter at a time, while it is stepped.
 *
 * @throws ResidencyError E_CONFIG on a backend whose memory cannot be read at once.
 */
export function pagedStates(pages: StatePages): StateStore {
  const parts = new Map<string, readonly string[]>();
  // What a step that failed has left.
  let inside: StateTensors | undefined;
  const leave = (): void => {
    disposeOf(inside);
    inside = undefined;
  };
  const readPages = (name: string, layout: StateLayout): StateValues =>
    Object.fromEntries(Object.keys(layout).map((part) => [part, pages.read(`${name}.${part}`)] as const));
  return {
    names: () => [...parts.keys()],
    bringIn(name, layout) {
      if (tf.getBackend() === "webgpu") {
        throw new ResidencyError(
          "E_CONFIG",
          "Cannot page the state of an optimiser on webgpu: what lies on a GPU is read later, and a page must leave before the " +
            'next comes in. Use optim "adamw_8bit" there, or another backend',
        );
      }
      leave();
      inside = stateTensors(layout, parts.has(name) ? readPages(name, layout) : undefined);
      return inside;
    },
    putBack(name, state) {
      for (const [part, tensor] of Object.entries(state)) {
        pages.write(`${name}.${part}`, tensor.dataSync<"float32" | "int32">());
      }
      disposeOf(state, inside);
      leave();
      parts.set(name, Object.keys(state));
    },
    values: (name, layout) => Promise.resolve(readPages(name, layout)),
    load(name, layout, values) {
      for (const part of Object.keys(layout)) pages.write(`${name}.${part}`, values[part]!);
      parts.set(name, Object.keys(layout));
    },
    dispose() {
      leave();
      pages.dispose();
      parts.clear();
    },
  };
}
