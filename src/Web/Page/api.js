// The server, as the page asks it. Every address is relative: the page may be mounted anywhere.

/** What the server would not do, in its own words. */
export class Problem extends Error {
  constructor(status, problem, retryAfter) {
    super(problem.detail ?? `The server answered ${status}.`);
    this.code = problem.code ?? "";
    this.retryAfter = retryAfter;
  }
}

const json = "application/json";
const busyTries = 8;

export const getModel = () => ask("model").then(response => response.json());
export const getSample = () => ask("sample").then(response => response.blob());
export const predict = (prompt, signal) => post("predict", prompt, signal).then(response => response.json());
export const renderMask = mask => post("export/mask", mask).then(response => response.blob());
export const renderCutout = mask => post("export/cutout", mask).then(response => response.blob());
export const renderCoco = masks => post("export/coco", masks).then(response => response.blob());

export const upload = (file, onProgress, signal) =>
  follow("pictures", { body: file, headers: { "Content-Type": "application/octet-stream" } }, onProgress, signal);

export const everything = (request, onProgress, signal) =>
  follow("everything", { body: JSON.stringify(request), headers: { "Content-Type": json } }, onProgress, signal);

function post(path, value, signal) {
  return ask(path, { method: "POST", body: JSON.stringify(value), headers: { "Content-Type": json }, signal });
}

/** Asks once, and again where the server says it is busy and when to come back. */
async function ask(path, options = {}) {
  for (let tries = 1; ; tries++) {
    const response = await reach(path, options);
    if (response.ok) {
      return response;
    }

    const problem = await problemOf(response);
    if (problem.code !== "busy" || tries === busyTries) {
      throw problem;
    }

    await pause(1000 * Math.min(problem.retryAfter, 10), options.signal);
  }
}

async function reach(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") {
      throw error;
    }

    throw new Problem(0, { detail: "The server cannot be reached. Is it still running?" });
  }
}

async function problemOf(response) {
  const text = await response.text();
  let problem = {};
  try {
    problem = JSON.parse(text);
  } catch {
    // A proxy in between may answer with a page of its own.
  }

  return new Problem(response.status, problem, Number(response.headers.get("Retry-After") ?? 1));
}

/** Asks for something that takes long and is told of its progress: events progress, then done or problem. */
async function follow(path, options, onProgress, signal) {
  const headers = { ...options.headers, Accept: "text/event-stream" };
  const response = await ask(path, { ...options, method: "POST", headers, signal });
  try {
    for await (const { event, data } of events(response.body)) {
      if (event === "done") {
        return data;
      } else if (event === "problem") {
        throw new Problem(data.status, data);
      }

      onProgress(data.done / data.total);
    }
  } catch (error) {
    if (error instanceof Problem || error.name === "AbortError") {
      throw error;
    }

    // The connection broke: what follows says so.
  }

  throw new Problem(0, { detail: "The server stopped in the middle of its answer. Try again." });
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }

    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const lines = block.split("\n");
      const field = name => lines.find(line => line.startsWith(`${name}: `))?.slice(name.length + 2);
      yield { event: field("event"), data: JSON.parse(field("data")) };
    }
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("Aborted", "AbortError"));
    });
  });
}
