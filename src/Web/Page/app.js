// The page: what visitors do, and what they see of it.
import * as api from "./api.js";
import { Mosaic } from "./masks.js";
import { Session } from "./session.js";
import { asStored } from "./stored.js";
import { View } from "./view.js";

const $ = id => document.getElementById(id);
const dragDistance = 6;
const longPress = 500;
const view = new View($("canvas"), $("main"));

let session = null;
let limits = null;
let mosaic = null;
let adds = true;
let hovered = null;
let cursor = null;
let corner = null;
let dragged = null;
let work = new AbortController();

// ---- pictures

async function openPicture(file) {
  if (!file) {
    return;
  }

  start();
  say(`Reading ${file.name}`);
  if (limits && file.size > limits.bytes) {
    throw new Error(`${file.name} has more than the ${megabytes(limits.bytes)} that are taken. Choose a smaller picture.`);
  }

  const bitmap = await asStored(file).then(stored => createImageBitmap(stored)).catch(() => null);
  progress(0, "Encoding");
  const reply = await api.upload(file, done => progress(done, "Encoding"), work.signal);
  $("busy").hidden = true;
  if (!bitmap) {
    throw new Error(`This browser cannot show ${file.name}. Save it as PNG or JPEG.`);
  }

  session = new Session(file, bitmap, reply);
  [mosaic, hovered, cursor, corner] = [null, null, null, null];
  $("start").hidden = true;
  $("stage").hidden = $("tools").hidden = $("open").hidden = false;
  $("title").textContent = `${file.name} · ${reply.width} × ${reply.height}`;
  $("canvas").setAttribute("aria-label", `Picture ${file.name}, ${reply.width} by ${reply.height} pixels`);
  view.setPicture(bitmap, reply);
  $("canvas").focus({ preventScroll: true });
  say([...reply.notes.map(note => `Note: ${note}`), "Click on a thing, or drag a box around it."].join(" "));
  refresh();
}

const openSample = async () => openPicture(new File([await api.getSample()], "playground.png", { type: "image/png" }));

// ---- prompts

/** Shows the step, asks for its answer where there is none yet, and says what came of it. */
async function show(from = performance.now()) {
  start();
  hovered = null;
  refresh();
  const { signal } = work;
  await session.answer(signal);
  if (signal.aborted) {
    return;
  }

  refresh();
  view.draw();
  performance.measure("prompt-to-mask", { start: from });
  describe(Math.round(performance.now() - from));
}

function describe(milliseconds) {
  const { mask } = session;
  if (!mask) {
    say("Click on a thing, or drag a box around it.");
  } else if (mask.area === 0) {
    say("Nothing was found there. Try another place.");
  } else {
    const score = mask.score === undefined ? "" : `Score ${mask.score.toFixed(2)} · `;
    const time = milliseconds === undefined ? "" : ` · ${milliseconds} ms`;
    say(`${score}${mask.area.toLocaleString("en")} pixels${time}`);
  }
}

function addPoint(place, label) {
  const chosen = mosaic?.at((place.x + .5) / session.width, (place.y + .5) / session.height);
  if (mosaic && label && chosen) {
    session.setMask(chosen);
  } else {
    mosaic = null;
    session.addPoint({ ...place, label });
  }

  return show();
}

function setBox([x0, y0, x1, y1]) {
  mosaic = null;
  session.setBox([Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)]);
  return show();
}

function undo() {
  session.undo();
  return show();
}

function redo() {
  session.redo();
  return show();
}

function clear() {
  mosaic = corner = null;
  session.clear();
  return show();
}

function choose(number) {
  if (session.step.answer?.masks[number]) {
    session.choose(number);
    refresh();
    describe();
  }
}

async function findEverything() {
  start();
  progress(0, "Finding everything");
  const { masks } = await session.everything(done => progress(done, "Finding everything"), work.signal);
  $("busy").hidden = true;
  session.clear();
  mosaic = new Mosaic(masks);
  refresh();
  say(masks.length > 0 ? `${masks.length} things. Click on one to take it.` : "Nothing was found. Try clicks.");
}

// ---- the mask under the pointer: one request at a time, and always for the last place

const hover = { wanted: null, running: false };

async function peek(place) {
  hover.wanted = place;
  if (hover.running) {
    return;
  }

  hover.running = true;
  try {
    while (hover.wanted && canPeek()) {
      const asked = hover.wanted;
      hover.wanted = null;
      const mask = await session.peek(asked, work.signal);
      hovered = canPeek() ? mask : null;
      refresh();
    }
  } catch {
    // A preview that fails is none; the click says what is wrong.
  } finally {
    hover.running = false;
  }
}

const canPeek = () => session?.isEmpty && !mosaic && !dragged && $("busy").hidden;

function leave() {
  hover.wanted = hovered = null;
  refresh();
}

// ---- what is seen

function refresh() {
  if (!session) {
    return;
  }

  const { step, mask } = session;
  const open = corner && cursor ? [corner.x, corner.y, cursor.x, cursor.y] : null;
  view.show({
    mask: mask ?? hovered, faint: !mask, mosaic, points: step.points, box: step.box, dragged: dragged ?? open, cursor,
  });
  $("undo").disabled = !session.canUndo;
  $("redo").disabled = !session.canRedo;
  $("clear").disabled = session.isEmpty && !mosaic;
  $("save-mask").disabled = $("save-cutout").disabled = !mask;
  $("save-coco").disabled = !mask && !mosaic;
  showMasks(step);
}

function showMasks({ answer, choice }) {
  const group = $("masks");
  if (group.answer !== answer) {
    group.answer = answer;
    const masks = answer?.masks ?? [];
    const frame = frameOf(masks);
    group.replaceChildren(...masks.map((mask, number) => maskButton(mask, number, frame)));
  }

  [...group.children].forEach((button, i) => button.setAttribute("aria-checked", i === choice));
}

/** The part of the picture that shows all masks, with some room around them. */
function frameOf(masks) {
  const boxes = masks.filter(mask => mask.area > 0).map(mask => mask.bbox);
  const edge = (values, most, fallback) => values.length > 0 ? most(...values) : fallback;
  const left = edge(boxes.map(([x]) => x), Math.min, 0);
  const top = edge(boxes.map(([, y]) => y), Math.min, 0);
  const right = edge(boxes.map(([x, , width]) => x + width), Math.max, session.width);
  const bottom = edge(boxes.map(([, y, , height]) => y + height), Math.max, session.height);
  const room = .12 * Math.max(right - left, bottom - top, 8);
  return [left - room, top - room, right - left + 2 * room, bottom - top + 2 * room];
}

function maskButton(mask, number, frame) {
  const button = document.createElement("button");
  const picture = document.createElement("canvas");
  [picture.width, picture.height] = [108, 76];
  view.drawThumbnail(picture, mask, frame);
  const score = mask.score.toFixed(2);
  button.type = "button";
  button.setAttribute("role", "radio");
  button.setAttribute("aria-label", `Mask ${number + 1}, score ${score}`);
  button.title = `Choose this mask (${number + 1})`;
  button.append(picture, score);
  button.addEventListener("click", () => choose(number));
  return button;
}

function setMode(toAdd) {
  adds = toAdd;
  $("add").setAttribute("aria-checked", adds);
  $("remove").setAttribute("aria-checked", !adds);
}

function say(text) {
  $("status").textContent = text;
}

function progress(done, what) {
  const percent = Math.round(100 * done);
  $("busy").hidden = false;
  $("busy").classList.toggle("unsure", done === 0);
  $("busy").firstElementChild.style.width = done === 0 ? "" : `${percent}%`;
  $("busy").setAttribute("aria-valuenow", percent);
  $("busy").setAttribute("aria-valuetext", `${what}: ${percent} %`);
  say(done === 0 ? what : `${what} ${percent} %`);
}

/** Ends what is still under way: the last wish is the one that counts. */
function start() {
  work.abort();
  work = new AbortController();
  $("error").hidden = $("busy").hidden = true;
}

/** Does something, and says what is wrong where it fails. */
async function attempt(action) {
  try {
    await action();
  } catch (error) {
    if (error.name !== "AbortError") {
      $("error").textContent = error.message;
      $("error").hidden = false;
      $("busy").hidden = true;
      say("");
    }
  }
}

// ---- files to keep

async function save(blob, ending) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await blob);
  link.download = `${session.file.name.replace(/\.[^.]*$/, "")}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const megabytes = bytes => `${Number((bytes / 2 ** 20).toPrecision(2))} MB`;

// ---- mouse and touch

const canvas = $("canvas");
const press = { id: null, from: null, timer: null };

canvas.addEventListener("pointerdown", event => {
  if (press.id !== null || (event.button !== 0 && event.button !== 2)) {
    return;
  }

  canvas.setPointerCapture(event.pointerId);
  cursor = null;
  press.id = event.pointerId;
  press.from = { x: event.clientX, y: event.clientY, place: view.place(event), right: event.button === 2 || event.shiftKey };
  if (event.pointerType === "touch") {
    press.timer = setTimeout(() => {
      const { place } = press.from;
      endPress();
      navigator.vibrate?.(15);
      attempt(() => addPoint(place, adds ? 0 : 1));
    }, longPress);
  }
});

canvas.addEventListener("pointermove", event => {
  const place = view.place(event);
  if (press.id === event.pointerId) {
    const distance = Math.hypot(event.clientX - press.from.x, event.clientY - press.from.y);
    if (!press.from.right && (dragged || distance > dragDistance)) {
      clearTimeout(press.timer);
      dragged = [press.from.place.x, press.from.place.y, place.x, place.y];
      hovered = null;
      refresh();
    }
  } else if (event.pointerType === "mouse" && canPeek()) {
    peek(place);
  }
});

canvas.addEventListener("pointerup", event => {
  if (press.id !== event.pointerId) {
    return;
  }

  const { place, right } = press.from;
  const box = dragged;
  endPress();
  const label = adds === right ? 0 : 1;
  const isBox = box && Math.min(Math.abs(box[0] - box[2]), Math.abs(box[1] - box[3])) >= 1;
  attempt(() => isBox ? setBox(box) : addPoint(place, label));
});

canvas.addEventListener("pointercancel", endPress);
canvas.addEventListener("pointerleave", leave);
canvas.addEventListener("contextmenu", event => event.preventDefault());

function endPress() {
  clearTimeout(press.timer);
  press.id = dragged = null;
  refresh();
}

// ---- keyboard

const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

canvas.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }

  if (arrows[event.key]) {
    event.preventDefault();
    moveCursor(arrows[event.key], event.shiftKey ? 1 : 12);
  } else if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    moveCursor([0, 0], 0);
    attempt(() => addPoint({ ...cursor }, adds === event.shiftKey ? 0 : 1));
  } else if (event.key.toLowerCase() === "b") {
    markCorner();
  }
});

function moveCursor([x, y], steps) {
  const step = steps * view.scale;
  const from = cursor ?? { x: Math.round(session.width / 2), y: Math.round(session.height / 2) };
  cursor = {
    x: Math.min(Math.max(from.x + x * step, 0), session.width - 1),
    y: Math.min(Math.max(from.y + y * step, 0), session.height - 1),
  };
  refresh();
  if (canPeek()) {
    peek({ ...cursor });
  }
}

function markCorner() {
  moveCursor([0, 0], 0);
  if (!corner) {
    corner = { ...cursor };
    say("Move to the other corner and press B again.");
  } else if (corner.x !== cursor.x && corner.y !== cursor.y) {
    const box = [corner.x, corner.y, cursor.x, cursor.y];
    corner = null;
    attempt(() => setBox(box));
  }
}

document.addEventListener("keydown", event => {
  if (!session || event.target.matches("input")) {
    return;
  }

  const key = event.key.toLowerCase();
  const control = event.ctrlKey || event.metaKey;
  const action = control
    ? { z: event.shiftKey ? redo : undo, y: redo }[key]
    : { backspace: undo, escape: clear, e: findEverything, 1: () => choose(0), 2: () => choose(1), 3: () => choose(2) }[key];
  if (action) {
    event.preventDefault();
    attempt(action);
  }
});

// ---- buttons, files dropped and pasted

const actions = {
  sample: openSample,
  undo, redo, clear,
  everything: findEverything,
  "save-mask": () => save(session.renderMask(session.mask), "mask.png"),
  "save-cutout": () => save(session.renderCutout(session.mask), "cutout.png"),
  "save-coco": () => save(session.renderCoco(session.mask ? [session.mask] : mosaic.masks), "coco.json"),
};
for (const [id, action] of Object.entries(actions)) {
  $(id).addEventListener("click", () => attempt(action));
}

$("add").addEventListener("click", () => setMode(true));
$("remove").addEventListener("click", () => setMode(false));
$("choose").addEventListener("click", () => $("file").click());
$("open").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", () => {
  const [file] = $("file").files;
  $("file").value = "";
  attempt(() => openPicture(file));
});

document.addEventListener("dragover", event => {
  event.preventDefault();
  document.body.classList.add("dropping");
});
document.addEventListener("dragleave", event => {
  if (!event.relatedTarget) {
    document.body.classList.remove("dropping");
  }
});
document.addEventListener("drop", event => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  attempt(() => openPicture(event.dataTransfer.files[0]));
});
document.addEventListener("paste", event => {
  const [file] = event.clipboardData.files;
  attempt(() => openPicture(file));
});

attempt(async () => {
  limits = await api.getModel();
  $("title").textContent = `model ${limits.model}`;
  $("notice").textContent = limits.notice ?? "";
  $("notice").hidden = !limits.notice;
  $("limits").textContent = `PNG, JPEG, WebP, BMP or GIF, up to ${megabytes(limits.bytes)}. `
    + "The picture stays in the server's memory and is never written to a disk.";
});
document.documentElement.dataset.ready = "";
