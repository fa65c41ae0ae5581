import { describe, expect, it, vi } from 'vitest';
import { Failure } from '../api/client';
import type { Judgment, JudgmentRequest } from '../api/types';
import { JudgingStore } from './judging';

const SHOWN = { rank: 4, generation: 1 };

/** Keeps judgments as the server does; pictures 1 and 2 have the same bytes. */
function server() {
  const stored = new Map<string, Judgment>();
  const contents = (picture: number) => (picture <= 2 ? [1, 2] : [picture]);
  const keyOf = (query: string, picture: number) => `${query}/${String(contents(picture)[0])}`;
  const api = {
    refuse: null as Failure | null,
    asked: [] as string[],
    judgments: vi.fn((query: string) =>
      Promise.resolve({
        judgments: [...stored].filter(([key]) => key.startsWith(`${query}/`)).map(([, one]) => one),
        total: 0,
        limit: 1000,
        offset: 0,
        damaged: 0,
      }),
    ),
    judge: vi.fn((request: JudgmentRequest) => {
      api.asked.push(`${String(request.picture)}=${String(request.grade)}`);
      if (api.refuse) return Promise.reject(api.refuse);
      const pictures = contents(request.picture).map((id) => ({ id, path: '' }));
      const one = { query: request.query, pictures, grade: request.grade, judge: '', rank: 0 };
      const judgment = { ...one, model: '', fingerprint: '', judged_at: '' };
      stored.set(keyOf(request.query, request.picture), judgment);
      return Promise.resolve(judgment);
    }),
    forget: vi.fn((query: string, picture: number) => {
      api.asked.push(`-${String(picture)}`);
      stored.delete(keyOf(query, picture));
      return Promise.resolve();
    }),
  };
  return api;
}

async function judging(api = server()) {
  const said: string[] = [];
  const store = new JudgingStore(api, (notice) => said.push(notice));
  await store.show('dog');
  return { api, store, said };
}

describe('judging', () => {
  it('shows a grade at once, stores it with its rank, and finds it again', async () => {
    const { api, store } = await judging();
    const stored = store.grade(7, 2, SHOWN);
    expect(store.get().grades.get(7)).toBe(2);
    expect(store.get().count).toBe(1);
    await stored;
    expect(api.judge).toHaveBeenCalledWith({ query: 'dog', picture: 7, grade: 2, rank: 4, generation: 1 });
    await store.show('cat');
    expect(store.get().count).toBe(0);
    await store.show('dog');
    expect(store.get().grades.get(7)).toBe(2);
  });

  it('undoes step by step, back to what was there before', async () => {
    const { api, store } = await judging();
    await store.grade(7, 2, SHOWN);
    await store.grade(8, 1, SHOWN);
    await store.grade(7, 0, SHOWN);
    expect(store.undo()).toBe(7);
    expect(store.get().grades.get(7)).toBe(2);
    expect(store.undo()).toBe(8);
    expect(store.undo()).toBe(7);
    expect(store.undo()).toBeNull();
    expect(store.get().count).toBe(0);
    await store.grade(9, 3, SHOWN);
    expect(api.asked).toEqual(['7=2', '8=1', '7=0', '7=2', '-8', '-7', '9=3']);
  });

  it('sends one after the other, in the order they were given', async () => {
    const { api, store } = await judging();
    await Promise.all([store.grade(7, 1, SHOWN), store.grade(7, null, SHOWN), store.grade(7, 3, SHOWN)]);
    expect(api.asked).toEqual(['7=1', '-7', '7=3']);
  });

  it('gives pictures with the same bytes the same grade, and counts them once', async () => {
    const { store } = await judging();
    await store.grade(2, 3, SHOWN);
    expect([...store.get().grades]).toEqual([
      [1, 3],
      [2, 3],
    ]);
    expect(store.get().count).toBe(1);
  });

  it('says what could not be stored and shows what the server has', async () => {
    const { api, store, said } = await judging();
    await store.grade(7, 2, SHOWN);
    api.refuse = new Failure('process 7 is writing', 'unavailable', false, true);
    await store.grade(7, 0, SHOWN);
    expect(said).toEqual(['Not stored: process 7 is writing']);
    expect(store.get().grades.get(7)).toBe(2);
    expect(store.get().undoable).toBe(0);
  });

  it('does nothing before it knows what was judged, or without a query', async () => {
    const { api, store } = await judging();
    const shown = store.show('cat');
    await store.grade(7, 2, SHOWN);
    expect(api.judge).not.toHaveBeenCalled();
    await shown;
    await store.show(null);
    await store.grade(7, 2, SHOWN);
    expect(api.judge).not.toHaveBeenCalled();
    expect(store.get().query).toBeNull();
  });
});
