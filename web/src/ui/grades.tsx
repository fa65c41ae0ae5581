import type { Grade } from '../api/types';

export const GRADES: readonly { grade: Grade; word: string }[] = [
  { grade: 0, word: 'wrong' },
  { grade: 1, word: 'partly' },
  { grade: 2, word: 'right' },
  { grade: 3, word: 'exactly' },
];

/** The grade that a key gives. */
export const gradeOfKey = (key: string): Grade | null =>
  GRADES.find(({ grade }) => key === String(grade))?.grade ?? null;

export const wordOf = (grade: Grade): string => GRADES[grade]?.word ?? '';

interface Properties {
  /** Of the picture. */
  name: string;
  given: Grade | null;
  tabbable?: boolean;
  /** What was pressed; without it, the click is left to whoever holds the buttons (data-grade). */
  onGrade?(grade: Grade): void;
}

/** Four buttons; the given grade is pressed. */
export function Grades({ name, given, tabbable = true, onGrade }: Properties) {
  return (
    <div class="grades" role="group" aria-label={`Grade of ${name}`}>
      {GRADES.map(({ grade, word }) => (
        <button
          key={grade}
          type="button"
          class="grade"
          data-grade={grade}
          tabIndex={tabbable ? 0 : -1}
          aria-pressed={given === grade}
          aria-label={`${String(grade)}, ${word}`}
          title={`${word} (${String(grade)})`}
          onClick={onGrade && (() => onGrade(grade))}
        >
          {grade}
        </button>
      ))}
    </div>
  );
}
