/** The kernel process: answers requests and leaves user code to the executor. */
import type { CellLanguage } from "../language/language-service.ts";
import type { ConnectionInfo, Message } from "../protocol/index.ts";
import { bindSockets } from "../protocol/sockets.ts";
import type { RequestChannel } from "../protocol/sockets.ts";
import { isCommMessage } from "./comms.ts";
import { createDebugRequests } from "./debug-requests.ts";
import { createExecutionQueue } from "./execute.ts";
import type { ExecutorProcess } from "./executor-process.ts";
import { createHistory } from "./history.ts";
import type { HistoryFile } from "./history-file.ts";
import { createKernelInfo } from "./kernel-info.ts";
import { complete, inspect, isComplete } from "./language-requests.ts";

/** What `startKernel` needs to know. */
export interface KernelOptions {
  connection: ConnectionInfo;
  /** Both have been started, and are closed when the kernel cannot start. */
  language: CellLanguage;
  executor: ExecutorProcess;
  /** Where inputs are kept for later sessions; without it they last as long as the kernel. */
  historyFile?: HistoryFile | undefined;
  /** Takes a line for the log. */
  log: (text: string) => void;
}

/** A running kernel. */
export interface Kernel {
  interrupt(): void;
  /** Resolves when a client has asked for the end and has its reply. */
  readonly shutdown: Promise<void>;
  close(): Promise<void>;
}

/** Binds the sockets, while the compiler and the executor get ready, and answers what comes. */
export async function startKernel(options: KernelOptions): Promise<Kernel> {
  const { language, executor, log } = options;
  const early: [RequestChannel, Message][] = [];
  let receive = (channel: RequestChannel, message: Message): void => void early.push([channel, message]);
  let greet = (): void => undefined;
  const sockets = await bindSockets(options.connection, (channel, message) => receive(channel, message), {
    onSubscribe: () => greet(),
    onDeserted: () => debug.deserted(),
  }).catch(async (error: unknown) => {
    executor.close();
    await language.close();
    throw error;
  });
  void sockets.publish("status", { execution_state: "starting" });

  const history = createHistory(options.historyFile);
  const info = createKernelInfo();
  const beforeRun = (cell: number): Promise<void> | undefined => debug.beforeRun(cell);
  const executions = createExecutionQueue({ sockets, language, history, executor, log, beforeRun });
  const debug = createDebugRequests({ sockets, language, executions, log });
  let requestShutdown: () => void;
  const shutdown = new Promise<void>((resolve) => (requestShutdown = resolve));

  const interrupt = (): void => {
    executions.interrupt();
    if (!executions.running()) debug.interrupt();
  };
  const answers: Record<string, (message: Message) => object | Promise<object>> = {
    kernel_info_request: () => info,
    complete_request: ({ content }) => complete(language, content),
    inspect_request: ({ content }) => inspect(language, content),
    is_complete_request: ({ content }) => isComplete(language, content),
    history_request: ({ content }) => history.find(content),
    comm_info_request: ({ content }) => executions.comms.info(content),
    debug_request: ({ content }) => debug.answer(content),
    create_subshell_request: () => ({ status: "ok", subshell_id: executions.subshells.create() }),
    list_subshell_request: () => ({ status: "ok", subshell_id: executions.subshells.list() }),
    delete_subshell_request({ content: { subshell_id: id } }) {
      if (typeof id === "string" && executions.subshells.remove(id)) return { status: "ok" };
      throw new RangeError(
        `there is no subshell ${JSON.stringify(id)}; list_subshell_request names those there are`,
      );
    },
    interrupt_request() {
      interrupt();
      return { status: "ok" };
    },
    shutdown_request: ({ content }) => ({ status: "ok", restart: content["restart"] === true }),
  };
  const answer = async (channel: RequestChannel, message: Message): Promise<void> => {
    const { header } = message;
    const handler = Object.hasOwn(answers, header.msg_type) ? answers[header.msg_type] : undefined;
    if (!handler) {
      log(`ignored a message of the unknown type ${JSON.stringify(header.msg_type.slice(0, 100))}`);
      return;
    }
    void sockets.publish("status", { execution_state: "busy" }, header);
    const reply = (content: object): Promise<void> =>
      sockets.send(channel, message, header.msg_type.replace(/_request$/, "_reply"), content);
    try {
      await reply(await handler(message));
    } catch (error) {
      const { name, message: evalue } = error instanceof Error ? error : new Error(String(error));
      await reply({ status: "error", ename: name, evalue, traceback: [] });
    }
    await sockets.publish("status", { execution_state: "idle" }, header);
    const running = executions.running();
    // A front end shows the latest status, and a cell may still be running.
    // A front end that debugs asks again after each message of the cell, so this one is no message of the cell.
    const parent = header.msg_type === "debug_request" ? header : running;
    if (running) void sockets.publish("status", { execution_state: "busy" }, parent);
    if (header.msg_type === "shutdown_request") requestShutdown();
  };
  receive = (channel, message) => {
    const { msg_type: type } = message.header;
    if (channel === "stdin") {
      if (type === "input_reply") executions.answerInput(message);
    } else if (channel === "shell" && type === "execute_request") {
      executions.add(message);
    } else if (channel === "shell" && isCommMessage(message)) {
      executions.comms.receive(message);
    } else {
      void answer(channel, message);
    }
  };
  greet = () => executions.greetClient();
  for (const [channel, message] of early) receive(channel, message);

  return {
    interrupt,
    shutdown,
    async close() {
      executions.close();
      await Promise.all([language.close(), history.close()]);
      sockets.close();
    },
  };
}
