// What was judged of the query on screen. The page shows a grade at once and stores it behind the person's back, one
// after the other; when one cannot be stored, what the server has is shown again, and why is said.
import { Failure, type Api } from '../api/client';
import type { Grade } from '../api/types';

/** Where a graded picture was, and whose answer it was in. */
export interface Shown {
  /** From 1; 0 when the order was not the model's own. */
  rank: number;
  generation: number;
}

interface Judged {
  /** All pictures with the judged bytes; none when they left the library. */
  pictures: number[];
  grade: Grade;
}

interface Step {
  picture: number;
  before: Grade | null;
  shown: Shown;
}

export interface Judging {
  /** Null: nothing is being judged. */
  query: string | null;
  ready: boolean;
  grades: ReadonlyMap<number, Grade>;
  /** Judgments of this query, of pictures on screen or not. */
  count: number;
  /** How many steps can be undone. */
  undoable: number;
}

const NOTHING: Judging = { query: null, ready: false, grades: new Map(), count: 0, undoable: 0 };

export class JudgingStore {
  private state: Judging = NOTHING;
  private judged: Judged[] = [];
  private steps: Step[] = [];
  private loading: AbortController | null = null;
  private last: Promise<void> = Promise.resolve();
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly api: Pick<Api, 'judgments' | 'judge' | 'forget'>,
    private readonly say: (notice: string) => void,
  ) {}

  get = (): Judging => this.state;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Judges this query from now on; null: none. */
  async show(query: string | null): Promise<void> {
    if (query === this.state.query) return;
    this.judged = [];
    this.steps = [];
    this.loading?.abort();
    this.state = { ...NOTHING, query };
    this.publish(false);
    if (query !== null) await this.load(query);
  }

  /** Grades a picture; null takes its grade back. Resolves when it is stored, or was refused. */
  grade(picture: number, grade: Grade | null, shown: Shown): Promise<void> {
    const { query, ready } = this.state;
    const before = this.state.grades.get(picture) ?? null;
    if (query === null || !ready || before === grade) return Promise.resolve();
    this.steps.push({ picture, before, shown });
    return this.put(query, picture, grade, shown);
  }

  /** Takes the last step back and gives its picture. */
  undo(): number | null {
    const { query } = this.state;
    const step = this.steps.pop();
    if (!step || query === null) return null;
    void this.put(query, step.picture, step.before, step.shown);
    return step.picture;
  }

  private put(query: string, picture: number, grade: Grade | null, shown: Shown): Promise<void> {
    this.note(picture, grade);
    const stored = this.last.then(async () => {
      try {
        if (grade === null) {
          await this.api.forget(query, picture);
        } else {
          const { pictures } = await this.api.judge({ query, picture, grade, ...shown });
          const copies = pictures.map((one) => one.id);
          if (this.state.query === query) this.spread(picture, copies);
        }
      } catch (cause) {
        this.say(cause instanceof Failure ? `Not stored: ${cause.message}` : String(cause));
        if (this.state.query === query) {
          this.steps = [];
          await this.load(query);
        }
      }
    });
    this.last = stored;
    return stored;
  }

  private async load(query: string): Promise<void> {
    const loading = new AbortController();
    this.loading = loading;
    try {
      const { judgments } = await this.api.judgments(query, loading.signal);
      if (this.state.query !== query || loading.signal.aborted) return;
      this.judged = judgments.map((one) => ({ pictures: one.pictures.map(({ id }) => id), grade: one.grade as Grade }));
      this.publish(true);
    } catch (cause) {
      if (loading.signal.aborted || this.state.query !== query) return;
      this.say(cause instanceof Failure ? cause.message : String(cause));
    }
  }

  private note(picture: number, grade: Grade | null): void {
    const known = this.judged.find((one) => one.pictures.includes(picture));
    if (grade === null) this.judged = this.judged.filter((one) => one !== known);
    else if (known) known.grade = grade;
    else this.judged.push({ pictures: [picture], grade });
    this.publish(true);
  }

  /** Pictures with the same bytes have the same grade. */
  private spread(picture: number, copies: number[]): void {
    const known = this.judged.find((one) => one.pictures.includes(picture));
    if (!known || copies.length < 2) return;
    known.pictures = copies;
    this.publish(true);
  }

  private publish(ready: boolean): void {
    const grades = new Map(this.judged.flatMap(({ pictures, grade }) => pictures.map((id) => [id, grade] as const)));
    this.state = { ...this.state, ready, grades, count: this.judged.length, undoable: this.steps.length };
    for (const listener of this.listeners) listener();
  }
}
