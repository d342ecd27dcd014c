/** The main shell and the subshells: each runs its cells one after another, while those of the others wait (JEP 91). */
import { randomUUID } from "node:crypto";
import type { JsonObject, Message } from "../protocol/index.ts";

/** A cell on its way from request to reply. */
export interface Execution {
  message: Message;
  /** The number by which the executor knows the cell. */
  cell: number;
  /** The execution count. */
  count: number;
  silent: boolean;
  interrupted: boolean;
  /** Nothing of it runs any more, though its reply may be on its way. */
  ended?: boolean;
}

/** The subshells of a kernel. */
export interface Subshells {
  /** Makes a subshell and gives its name. */
  create(): string;
  /** Removes a subshell and aborts what waits in it; false when there is none of this name. */
  remove(id: string): boolean;
  list(): string[];
}

/** All shells. */
export interface Lanes extends Subshells {
  /** Puts a request at the end of its shell's queue; false when it names a subshell that is not there. */
  add(message: Message): boolean;
  /** What runs now, that of the main shell first. */
  running(): Execution[];
  isBusy(): boolean;
}

/** What the lanes do with a request. */
export interface LaneOptions {
  /** Runs it, calls `begin` with what runs, and says whether those behind it may run too. */
  execute(message: Message, begin: (execution: Execution) => void): Promise<boolean>;
  abort(message: Message): Promise<void>;
  /** Called when nothing runs and nothing waits. */
  onIdle: () => void;
}

interface Lane {
  queue: Message[];
  current: Execution | undefined;
  working: boolean;
}

const mainShell = "";

/** The main shell and no subshells. */
export function createLanes(options: LaneOptions): Lanes {
  const lanes = new Map<string, Lane>([[mainShell, emptyLane()]]);

  const isBusy = (): boolean => [...lanes.values()].some(({ working }) => working);
  const work = async (lane: Lane): Promise<void> => {
    if (lane.working) return;
    lane.working = true;
    for (let next = lane.queue.shift(); next; next = lane.queue.shift()) {
      const goesOn = await options.execute(next, (execution) => (lane.current = execution));
      lane.current = undefined;
      if (!goesOn) await abortAll(lane);
    }
    lane.working = false;
    if (!isBusy()) options.onIdle();
  };
  const abortAll = async (lane: Lane): Promise<void> => {
    for (const waiting of lane.queue.splice(0)) await options.abort(waiting);
  };

  return {
    isBusy,
    add(message) {
      const lane = lanes.get(subshellOf(message));
      lane?.queue.push(message);
      if (lane) void work(lane);
      return lane !== undefined;
    },
    running: () => [...lanes.values()].flatMap(({ current }) => (current && !current.ended ? [current] : [])),
    create() {
      const id = randomUUID();
      lanes.set(id, emptyLane());
      return id;
    },
    remove(id) {
      const lane = id === mainShell ? undefined : lanes.get(id);
      lanes.delete(lane ? id : "no subshell");
      if (lane) void abortAll(lane);
      return lane !== undefined;
    },
    list: () => [...lanes.keys()].filter((id) => id !== mainShell),
  };
}

function emptyLane(): Lane {
  return { queue: [], current: undefined, working: false };
}

/** The name stands in the header, where clients without subshells have nothing or null. */
function subshellOf({ header }: Message): string {
  const { subshell_id: id } = header as unknown as JsonObject;
  return typeof id === "string" ? id : mainShell;
}
