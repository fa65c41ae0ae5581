// The results on screen and the requests that fill them. Invariants: at most one request for a target runs, a newer one
// aborts it, and an answer that arrives for an older target is dropped; a picture is listed once however pages shift.
import { Failure, type Api, type Target } from '../api/client';
import type { Picture, SearchAnswer } from '../api/types';
import { filterKey } from './filter';

export const PAGE_SIZE = 48;
const MAX_PAGE = 1000;
const MAX_KEPT = 20;

export interface Results {
  target: Target;
  /** `loading` may still show the pictures of the target before. */
  phase: 'loading' | 'ready' | 'failed';
  pictures: readonly Picture[];
  /** What `pictures` and `answer` belong to. */
  shown: Target;
  /** The last answer's figures; null until the first one. */
  answer: Omit<SearchAnswer, 'results'> | null;
  complete: boolean;
  more: 'idle' | 'loading' | 'failed';
  failure: Failure | null;
}

export const targetKey = (target: Target): string =>
  ({ browse: 'browse', words: 'q:', captions: 'captions:', like: 'like:', image: 'image:' })[target.kind] +
  (target.kind === 'words' || target.kind === 'captions'
    ? target.query
    : target.kind === 'like'
      ? String(target.id)
      : target.kind === 'image'
        ? target.key
        : '') +
  (target.filter && target.filter.length > 0 ? ` ${filterKey(target.filter)}` : '') +
  (target.byDate ? ' by date' : '');

function asFailure(cause: unknown): Failure {
  return cause instanceof Failure ? cause : new Failure(String(cause), 'internal', false, true);
}

export class ResultsStore {
  private state: Results = {
    target: { kind: 'browse' },
    phase: 'loading',
    pictures: [],
    shown: { kind: 'browse' },
    answer: null,
    complete: false,
    more: 'idle',
    failure: null,
  };
  private running: AbortController | null = null;
  private readonly listeners = new Set<() => void>();
  private readonly kept = new Map<string, Results>();

  constructor(private readonly api: Pick<Api, 'search'>) {}

  get = (): Results => this.state;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Shows a target. `kept`: what was on screen before will do (Back). `atLeast`: how many pictures to fetch at once. */
  async show(target: Target, options: { kept?: boolean; atLeast?: number } = {}): Promise<void> {
    const before = this.kept.get(targetKey(target));
    this.running?.abort();
    if (options.kept && before) {
      this.running = null;
      this.set(before);
      return;
    }
    const stale = this.state.phase === 'failed' ? { pictures: [], answer: null } : {};
    this.set({ ...this.state, ...stale, target, phase: 'loading', more: 'idle', failure: null });
    const limit = Math.min(MAX_PAGE, Math.max(PAGE_SIZE, options.atLeast ?? 0));
    await this.fetch(
      target,
      limit,
      0,
      (answer) => {
        this.accept(target, [], answer);
      },
      (failure) => {
        this.set({ ...this.state, phase: 'failed', failure, pictures: [], answer: null, complete: true });
      },
    );
  }

  /** Fetches the next page, unless there is none or it is on its way. */
  async loadMore(): Promise<void> {
    const { target, phase, more, complete, pictures, answer } = this.state;
    if (phase !== 'ready' || more === 'loading' || complete || !answer) return;
    this.set({ ...this.state, more: 'loading' });
    await this.fetch(
      target,
      PAGE_SIZE,
      answer.offset + answer.limit,
      (next) => {
        this.accept(target, pictures, next);
      },
      (failure) => {
        this.set({ ...this.state, more: 'failed', failure });
      },
    );
  }

  /** Repeats what failed. */
  retry(): Promise<void> {
    if (this.state.phase !== 'failed') return this.loadMore();
    return this.show(this.state.target);
  }

  private async fetch(
    target: Target,
    limit: number,
    offset: number,
    done: (answer: SearchAnswer) => void,
    failed: (failure: Failure) => void,
  ): Promise<void> {
    const running = new AbortController();
    this.running = running;
    try {
      const answer = await this.api.search(target, { limit, offset }, running.signal);
      if (this.running === running) done(answer);
    } catch (cause) {
      if (this.running === running && !running.signal.aborted) failed(asFailure(cause));
    }
  }

  private accept(target: Target, known: readonly Picture[], page: SearchAnswer): void {
    const { results, ...answer } = page;
    const seen = new Set(known.map((picture) => picture.id));
    const pictures = [...known, ...results.filter((picture) => !seen.has(picture.id))];
    const complete = results.length < page.limit || page.offset + results.length >= page.total;
    const first =
      known.length > 0 && this.state.answer
        ? { encode_ms: this.state.answer.encode_ms, search_ms: this.state.answer.search_ms }
        : {};
    this.set({
      target,
      shown: target,
      phase: 'ready',
      pictures,
      answer: { ...answer, ...first },
      complete,
      more: 'idle',
      failure: null,
    });
    this.keep(target);
  }

  private keep(target: Target): void {
    const key = targetKey(target);
    this.kept.delete(key);
    this.kept.set(key, this.state);
    const oldest = this.kept.keys().next();
    if (this.kept.size > MAX_KEPT && !oldest.done) this.kept.delete(oldest.value);
  }

  private set(state: Results): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}
