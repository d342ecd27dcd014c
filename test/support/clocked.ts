/** Runs something by a clock of the test's own, and reads what it writes to the terminal. */

/**
 * Runs something with a clock that goes on by so many milliseconds a look, where stderr is a terminal or not; gives what is written
 * to stderr meanwhile.
 */
export async function clocked(step: number, run: () => unknown, { isTTY = false } = {}): Promise<string> {
  const { stderr } = process;
  const [write, before] = [stderr.write.bind(stderr), stderr.isTTY];
  const now = performance.now.bind(performance);
  let [time, text] = [0, ""];
  performance.now = () => (time += step);
  stderr.write = (chunk: unknown) => {
    text += String(chunk);
    return true;
  };
  stderr.isTTY = isTTY;
  try {
    await run();
  } finally {
    performance.now = now;
    stderr.write = write;
    stderr.isTTY = before;
  }
  return text;
}
