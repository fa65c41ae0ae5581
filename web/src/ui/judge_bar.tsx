import { count } from '../lib/format';
import type { Judging } from '../state/judging';
import { GRADES } from './grades';

/** What grades mean, how far one is, and the way out of the page for what was judged. */
export function JudgeBar({ judging, onUndo }: { judging: Judging; onUndo(): void }) {
  const judged = judging.count === 1 ? '1 picture judged' : `${count(judging.count)} pictures judged`;
  return (
    <section class="judge-bar" aria-label="Judging">
      <ul class="judge-legend" aria-label="Grades">
        {GRADES.map(({ grade, word }) => (
          <li key={grade}>
            <kbd>{grade}</kbd> {word}
          </li>
        ))}
      </ul>
      <p class="judge-count" role="status">
        {judging.ready ? judged : 'Loading'}
      </p>
      <button type="button" class="plain" disabled={judging.undoable === 0} title="Undo (u)" onClick={onUndo}>
        Undo
      </button>
      <span class="judge-export">
        Export{' '}
        <a href="/api/v1/judgments.qrels" download="judgments.qrels">
          judgments
        </a>{' '}
        and{' '}
        <a href="/api/v1/judgments.topics" download="judgments.topics">
          queries
        </a>
      </span>
    </section>
  );
}
