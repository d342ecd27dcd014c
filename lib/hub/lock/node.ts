/** A lock between processes, as a file that its owner keeps fresh; the lock of a process that has died is taken over. */
import { fs, host, path } from "../../files/index.ts";
import { throwIfStopped, type HubSession } from "../request.ts";

const freshen = 1_000;
/** After this time without a sign of life the lock of a dead process of this machine is free. */
const deadAfter = 2_500;
/** After this time any lock is free: its owner may be on another machine, or stopped. */
const abandonedAfter = 10 * 60_000;

interface Owner {
  id: string;
  host: string;
  pid: number;
}

function readOwner(file: string): (Owner & { age: number }) | undefined {
  try {
    const age = Date.now() - fs.statSync(file).mtimeMs;
    const owner = JSON.parse(fs.readFileSync(file, "utf8") || "{}") as Partial<Owner>;
    return { id: owner.id ?? "", host: owner.host ?? "", pid: owner.pid ?? 0, age };
  } catch {
    return undefined; // It has just been released, or is being written.
  }
}

function isStale(owner: Owner & { age: number }): boolean {
  if (owner.age > abandonedAfter) return true;
  if (owner.age <= deadAfter) return false;
  return owner.id === "" || (owner.host === host.hostName && !host.isAlive(owner.pid));
}

function create(file: string, content: string): boolean {
  try {
    fs.writeFileSync(file, content, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

// Of two processes that find a lock stale, the second would remove the first one's new lock; so one at a time looks.
function removeIfStale(file: string): void {
  const gate = `${file}.takeover`;
  if (!create(gate, "")) {
    const other = readOwner(gate);
    if (other && other.age > deadAfter) fs.rmSync(gate, { force: true });
    return;
  }
  try {
    const owner = readOwner(file);
    if (owner && isStale(owner)) fs.rmSync(file, { force: true });
  } finally {
    fs.rmSync(gate, { force: true });
  }
}

/** Runs `work` while no other process has the lock of this name; throws E_INTERRUPTED when stopped while waiting. */
export async function withLock<T>(
  file: string,
  session: Pick<HubSession, "signal">,
  work: () => Promise<T>,
): Promise<T> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const owner: Owner = { id: crypto.randomUUID(), host: host.hostName, pid: host.processId };
  while (!create(file, JSON.stringify(owner))) {
    throwIfStopped(session);
    const other = readOwner(file);
    if (other && isStale(other)) removeIfStale(file);
    else await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const stopBeating = host.repeat(() => {
    try {
      const now = new Date();
      fs.utimesSync(file, now, now);
    } catch {
      // Somebody has removed the lock; the hash of the finished file still tells whether it is whole.
    }
  }, freshen);
  try {
    return await work();
  } finally {
    stopBeating();
    if (readOwner(file)?.id === owner.id) fs.rmSync(file, { force: true });
  }
}
