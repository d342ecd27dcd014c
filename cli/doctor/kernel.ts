/** Checks of the kernel: its sockets, and a cell that really runs. */
import type { Check } from "./finding.ts";
import { reasonOf } from "./finding.ts";

/** ZeroMQ: the native module loads, binds, and carries a message. */
export const checkZeromq: Check = {
  title: "ZeroMQ",
  async run() {
    const advice = `its binary for ${process.platform} ${process.arch} is missing or blocked: install the package again (npm ci), without --omit=optional`;
    try {
      const { Dealer, Router, version } = await import("zeromq");
      const router = new Router({ linger: 0 });
      const dealer = new Dealer({ linger: 0, receiveTimeout: 3000 });
      try {
        await router.bind("tcp://127.0.0.1:*");
        dealer.connect(router.lastEndpoint ?? "");
        await dealer.send("ping");
        const [identity = ""] = await router.receive();
        await router.send([identity, "pong"]);
        const [answer] = await dealer.receive();
        if (String(answer) !== "pong") throw new Error("a message was lost");
      } finally {
        router.close();
        dealer.close();
      }
      return [{ title: this.title, status: "ok", found: `libzmq ${version} binds and answers on 127.0.0.1` }];
    } catch (error) {
      return [{ title: this.title, status: "failure", found: reasonOf(error), advice }];
    }
  },
};

/** A kernel that is started and runs a cell. */
export const checkKernel: Check = {
  title: "Kernel",
  async run() {
    const advice = "run a failing notebook with residency run to see more, and report it";
    const started = performance.now();
    try {
      // Where ZeroMQ is broken, this import fails; the other checks go on.
      const { launchKernel } = await import("../../kernel/index.ts");
      const kernel = await launchKernel();
      try {
        const ready = performance.now() - started;
        let result: unknown;
        const reply = await kernel.execute("const one: number = 1; one + 1", {
          onMessage(message) {
            if (message.type === "execute_result") result = message.content.data["text/plain"];
          },
        });
        if (reply.status !== "ok" || result !== "2") throw new Error(`a cell gave ${String(result)}, not 2`);
        const total = performance.now() - started;
        const found = `answers ${ready.toFixed(0)} ms after its start, the first cell is done after ${total.toFixed(0)} ms`;
        return [{ title: this.title, status: "ok", found }];
      } finally {
        await kernel.shutdown();
      }
    } catch (error) {
      return [{ title: this.title, status: "failure", found: reasonOf(error), advice }];
    }
  },
};
