import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { api } from '../api/client';
import type { Grade, Picture } from '../api/types';
import type { Results } from '../state/results';
import { JudgingStore, type Judging } from '../state/judging';
import { useStore } from '../state/use_store';

export interface JudgingMode {
  /** The person asked for it; it shows where there is a query. */
  on: boolean;
  toggle(): void;
  /** Null: no query is being judged. */
  judging: Judging | null;
  grade(picture: Picture, grade: Grade | null): void;
  /** The picture whose grade was taken back. */
  undo(): number | null;
}

/** `query`: of words, in pictures; null when something else is on screen. */
export function useJudging(query: string | null, results: Results, say: (notice: string) => void): JudgingMode {
  const [on, setOn] = useState(false);
  const store = useMemo(() => new JudgingStore(api, say), [say]);
  const judging = useStore(store);
  const wanted = on ? query : null;
  useEffect(() => {
    void store.show(wanted);
  }, [store, wanted]);

  const { pictures, answer, shown } = results;
  const grade = useCallback(
    (picture: Picture, given: Grade | null) => {
      // Among a part of the pictures, or by date, a place is not the rank that the model gave.
      const ranked = !shown.byDate && (shown.filter?.length ?? 0) === 0;
      const rank = ranked ? pictures.findIndex((one) => one.id === picture.id) + 1 : 0;
      void store.grade(picture.id, given, { rank, generation: answer?.generation ?? 0 });
    },
    [store, pictures, answer, shown],
  );
  return {
    on,
    toggle: useCallback(() => {
      setOn((before) => !before);
    }, []),
    judging: judging.query === null ? null : judging,
    grade,
    undo: useCallback(() => store.undo(), [store]),
  };
}
