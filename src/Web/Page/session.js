// One picture and what was asked of it: steps that can be undone, each with its prompt and its answer.
import * as api from "./api.js";

const empty = { points: [], box: null };

export class Session {
  constructor(file, bitmap, { id, width, height }) {
    this.file = file;
    this.bitmap = bitmap;
    this.id = id;
    this.width = width;
    this.height = height;
    this.steps = [empty];
    this.at = 0;
  }

  /** The step that is shown: { points, box, answer, choice }. */
  get step() {
    return this.steps[this.at];
  }

  get isEmpty() {
    return this.step.points.length === 0 && !this.step.box && !this.step.answer;
  }

  /** The mask that is chosen; null where there is none. */
  get mask() {
    return this.step.answer?.masks[this.step.choice] ?? null;
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.steps.length - 1;
  }

  addPoint(point) {
    const { points, box } = this.step;
    this.push({ points: [...points, point], box, previous: this.mask?.token });
  }

  /** A box begins anew: what was said before was about another thing. */
  setBox(box) {
    this.push({ points: [], box });
  }

  /** A mask that was found by other means. */
  setMask(mask) {
    this.push({ ...empty, answer: { masks: [mask] }, choice: 0 });
  }

  clear() {
    if (!this.isEmpty) {
      this.push(empty);
    }
  }

  undo() {
    this.at = Math.max(0, this.at - 1);
  }

  redo() {
    this.at = Math.min(this.steps.length - 1, this.at + 1);
  }

  choose(mask) {
    this.step.choice = mask;
  }

  push(step) {
    this.steps = [...this.steps.slice(0, this.at + 1), { ...step }];
    this.at++;
  }

  /** Gets the answer to the step that is shown, unless it is there. */
  async answer(signal) {
    const step = this.step;
    if (step.answer || (step.points.length === 0 && !step.box)) {
      return;
    }

    step.answer = await this.ask(step, { refine: true, previous: step.previous }, signal);
    step.choice = step.answer.best;
  }

  /** What a click on a place would give. */
  async peek(place, signal) {
    const answer = await this.ask({ points: [{ ...place, label: 1 }], box: null }, {}, signal);
    return answer.masks[answer.best];
  }

  everything(onProgress, signal) {
    return this.again(() => api.everything({ id: this.id }, onProgress, signal));
  }

  renderMask(mask) {
    return this.again(() => api.renderMask({ id: this.id, rle: mask.rle }));
  }

  renderCutout(mask) {
    return this.again(() => api.renderCutout({ id: this.id, rle: mask.rle }));
  }

  renderCoco(masks) {
    const list = masks.map(({ token, ...mask }) => mask);
    return this.again(() => api.renderCoco({ id: this.id, name: this.file.name, masks: list }));
  }

  ask({ points, box }, more, signal) {
    const prompt = {
      points: points.map(({ x, y }) => [x, y]),
      labels: points.map(({ label }) => label),
      ...(box && { box }),
      ...more,
    };
    return this.again(() => api.predict({ ...prompt, id: this.id }, signal), () => delete prompt.previous);
  }

  /** The server forgets what was not used for long: then it is given the picture again, which gets
   *  another id, or asked without the mask. */
  async again(request, withoutToken) {
    try {
      return await request();
    } catch (error) {
      if (error.code === "unknown_picture") {
        this.id = (await api.upload(this.file, () => { })).id;
        return this.again(request, withoutToken);
      } else if (error.code === "unknown_token" && withoutToken) {
        withoutToken();
        return this.again(request);
      }

      throw error;
    }
  }
}
